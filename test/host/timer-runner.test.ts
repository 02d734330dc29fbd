/** The path of a run on its worker thread, with a gate and a clock that the test controls. */
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { Gate } from '../../src/host/gate.js'
import { type LiveTimer, TimerRunner } from '../../src/host/timer-runner.js'
import type { RunReply } from '../../src/kernel/link-protocol.js'
import type { ErrorNote } from '../../src/kernel/output/run-notes.js'
import { currentRun } from '../../src/kernel/run-context.js'
import { RUN_ENDINGS } from '../../src/pool/protocol.js'
import { ThreadBlock } from '../../src/pool/thread-block.js'

class Thread {
  readonly block = ThreadBlock.withRecords(2)
  readonly called: string[] = []
  readonly failed: ErrorNote[] = []
  now = 1_000
  onFailed = () => {}
  readonly #runner: TimerRunner

  constructor(timer: Partial<LiveTimer>, hold: Gate['hold'] = () => this.now) {
    const whole: LiveTimer = {
      id: 'svc.work',
      method: 'work',
      log: pino({ level: 'silent' }),
      call: () => this.called.push('work'),
      lease: undefined,
      when: undefined,
      nextInterval: undefined,
      interval: 100_000,
      ...timer,
    }
    this.#runner = new TimerRunner([whole], this.block, {
      gate: { now: () => this.now, hold },
      onFailed: (note) => {
        this.failed.push(note)
        this.onFailed()
      },
    })
  }

  run(record = 0, dueMono = 1_000): Promise<string> {
    this.block.writeRun(record, 0, { sequence: record + 1, dueMono, dueWall: 0, startBy: 2_000 }, 1, false)
    return this.#perform(record)
  }

  runTicket(callBefore: number, dueMono = 1_000): Promise<string> {
    this.block.writeRun(0, 0, { sequence: 1, dueMono, dueWall: 0, startBy: Number.POSITIVE_INFINITY }, 1, false, 2)
    this.block.holds.write(0, callBefore)
    return this.#perform(0)
  }

  async #perform(record: number): Promise<string> {
    const reply: RunReply = await this.#runner.run(record)
    return RUN_ENDINGS[typeof reply === 'number' ? reply : reply.result]!
  }
}

describe('a run that holds its thread', () => {
  it.each<[boolean, string, LiveTimer['call']]>([
    [true, 'returns', () => {}],
    [
      true,
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    [false, 'returns a promise', async () => {}],
  ])(
    'a run that holds its thread is told from one that awaits something: %s when its method %s',
    async (isSynchronous, _title, call) => {
      const thread = new Thread({ call })
      await thread.run()
      expect(thread.block.isSynchronous(0)).toBe(isSynchronous)
    },
  )
})

describe('how a run ended', () => {
  const fails = () => {
    throw new Error('no')
  }

  it.each<[string, string, LiveTimer['call']]>([
    ['completed', 'returns', () => {}],
    ['completed', 'returns a promise', async () => {}],
    ['failed', 'throws', fails],
    ['failed', 'returns a promise that is rejected', async () => fails()],
  ])(
    'that it %s stands in the record of a run by the time of its reply, when its method %s',
    async (outcome, _title, call) => {
      const thread = new Thread({ call })
      await thread.run()
      expect(RUN_ENDINGS[thread.block.endingOf(0)!]).toBe(outcome)
    },
  )

  it('no ending stands in the record of a run while its method awaits something', async () => {
    let resolve = () => {}
    const awaited = new Promise<void>((done) => {
      resolve = done
    })
    const thread = new Thread({ call: () => awaited })
    const ended = thread.run()
    expect(thread.block.endingOf(0)).toBeUndefined()
    resolve()
    await ended
    expect(thread.block.endingOf(0)).toBe(RUN_ENDINGS.indexOf('completed'))
  })

  it('the ending stands in the record of a run that awaited something before anything else goes on', async () => {
    const thread = new Thread({ call: async () => fails() })
    let seen: number | undefined
    thread.onFailed = () => {
      seen = thread.block.endingOf(0)
    }
    await thread.run()
    expect(seen).toBe(RUN_ENDINGS.indexOf('failed'))
  })

  it('that its method was not called stands in the record of a run too', async () => {
    const thread = new Thread({})
    thread.now = 3_000
    expect(await thread.run()).toBe('missed')
    expect(RUN_ENDINGS[thread.block.endingOf(0)!]).toBe('missed')
  })

  it('no ending stands in the record of the next run', async () => {
    const thread = new Thread({})
    await thread.run()
    thread.block.writeRun(0, 0, { sequence: 2, dueMono: 1_000, dueWall: 0, startBy: 2_000 }, 1, false)
    expect(thread.block.endingOf(0)).toBeUndefined()
  })
})

describe('a run of a timer with `when`', () => {
  it('the method is called when `when` returns true', async () => {
    const thread = new Thread({ when: async () => true })
    expect(await thread.run()).toBe('completed')
    expect(thread.called).toEqual(['work'])
  })

  it('the method is not called when the run was aborted while `when` was awaited', async () => {
    const thread: Thread = new Thread({
      when: async () => {
        thread.block.abort(0, 'lease_lost')
        return true
      },
    })
    expect(await thread.run()).toBe('failed')
    expect(thread.called).toEqual([])
  })

  it('the method is not called when the start deadline passed while `when` was awaited', async () => {
    const thread: Thread = new Thread({
      when: async () => {
        thread.now = 3_000
        return true
      },
    })
    expect(await thread.run()).toBe('missed')
    expect(thread.called).toEqual([])
  })
})

describe('a run of a ticket', () => {
  it.each([
    ['is called before the moment until which it may be', 1_001, 'completed', ['work']],
    ['is not called at the moment until which it may be called', 1_000, 'not_leader', []],
    ['is not called after the moment until which it may be called', 10, 'not_leader', []],
  ])('the method of a ticket %s', async (_title, callBefore, ending, called) => {
    const thread = new Thread({})
    expect(await thread.runTicket(callBefore)).toBe(ending)
    expect(thread.called).toEqual(called)
    expect(thread.block.startedAt(0)).toBe(called.length > 0 ? 1_000 : undefined)
  })

  it('the method of a ticket is not called when it was held up in the gate for too long', async () => {
    const thread: Thread = new Thread({}, async () => {
      thread.now = 9_000
      return 9_000
    })
    expect(await thread.runTicket(9_000, 1_500)).toBe('not_leader')
    expect(thread.called).toEqual([])
  })

  it('the method of a ticket is called late when the lock was renewed while it was held up in the gate', async () => {
    const thread: Thread = new Thread({}, async () => {
      thread.now = 9_000
      thread.block.holds.write(0, 9_001)
      return 9_000
    })
    expect(await thread.runTicket(2_000, 1_500)).toBe('completed')
  })

  it('the method of a ticket is not called when too much time has passed while `when` was awaited', async () => {
    const thread: Thread = new Thread({
      when: async () => {
        thread.now = 3_000
        return true
      },
    })
    expect(await thread.runTicket(3_000)).toBe('not_leader')
    expect(thread.called).toEqual([])
  })

  it('a ticket that is refused after the hooks of its dependencies is no failure of its method', async () => {
    const thread: Thread = new Thread({
      call: async (run) => {
        await Promise.resolve()
        thread.now = 3_000
        run.refuseUnlessHeld()
        thread.called.push('work')
      },
    })
    expect(await thread.runTicket(3_000)).toBe('not_leader')
    expect(thread.called).toEqual([])
    expect(thread.failed).toEqual([])
    expect(await thread.runTicket(3_001)).toBe('completed')
  })

  it('a tick that is no ticket is called whatever its record says of an earlier ticket', async () => {
    const thread = new Thread({})
    expect(await thread.runTicket(10)).toBe('not_leader')
    expect(await thread.run()).toBe('completed')
  })
})

describe('the current run', () => {
  const sequence = () => currentRun()?.tick?.sequence

  it('currentRun() is defined in `when`, in the method and after an await, and undefined outside the run', async () => {
    const seen: unknown[] = []
    const thread = new Thread({
      when: async () => seen.push(sequence()),
      call: async (run) => {
        seen.push(sequence(), currentRun() === run)
        await Promise.resolve()
        seen.push(currentRun()?.callId)
      },
    })
    expect(await thread.run()).toBe('completed')
    expect(seen).toEqual([1, 1, true, 'svc.work@1970-01-01T00:00:00.000Z'])
    expect(currentRun()).toBeUndefined()
  })

  it('the context of the run is entered before the gate, not after it', async () => {
    const seen: unknown[] = []
    const thread = new Thread({ call: () => seen.push(['method', sequence()]) }, () => {
      seen.push(['gate', sequence()])
      return 1_500
    })
    expect(await thread.run(0, 1_500)).toBe('completed')
    expect(seen).toEqual([
      ['gate', 1],
      ['method', 1],
    ])
  })

  it('currentRun() is different for two runs that wait at the same time', async () => {
    const seen: unknown[] = []
    const thread = new Thread(
      {
        call: async (run) => {
          await Promise.resolve()
          seen.push([run.tick.sequence, sequence()])
        },
      },
      async () => 1_500,
    )
    expect(await Promise.all([thread.run(0, 1_500), thread.run(1, 1_500)])).toEqual(['completed', 'completed'])
    expect(seen).toEqual([
      [1, 1],
      [2, 2],
    ])
  })
})

describe('a result that does its work only when it is read', () => {
  async function warnings(...results: unknown[]): Promise<string[]> {
    const lines: string[] = []
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line).msg) })
    let next = 0
    const thread = new Thread({ log, call: () => results[next++] })
    for (const _ of results) expect(await thread.run()).toBe('completed')
    return lines
  }

  const told = (kind: string) => [`the method returned ${kind}, which nobody reads: what it is to do has not been done`]

  async function* asyncItems() {}

  it.each([
    ['an iterator', () => [1][Symbol.iterator]()],
    ['an iterator', () => new Map().entries()],
    ['an async iterator', () => asyncItems()],
    ['an async iterator', () => Readable.from(['a'])],
    ['an observable', () => ({ subscribe() {} })],
    ['an iterator', async () => (function* () {})()],
  ])('a result that does its work only when it is read is warned about once: %s (case %#)', async (kind, make) => {
    expect(await warnings(make(), make(), make())).toEqual(told(kind))
  })

  it('plain data, promises of it, and objects that refuse to be looked at are not warned about', async () => {
    const refusing = new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : fail()), has: () => fail() })
    const fail = (): never => {
      throw new Error('not to be looked at')
    }
    expect(
      await warnings([1, 2], new Map(), new Set(), { next: 1 }, Promise.resolve([1]), 'text', null, refusing),
    ).toEqual([])
  })
})

describe('an attempt that fails', () => {
  it('is told with its timer, its tick and its error, and one that completes is not', async () => {
    const outcomes: LiveTimer['call'][] = [
      () => {
        throw new Error('at once')
      },
      async () => {
        throw new Error('later')
      },
      () => {},
    ]
    const thread = new Thread({ call: (run) => outcomes.shift()!(run) })
    for (const record of [0, 1, 0]) await thread.run(record)
    expect(thread.failed).toMatchObject([
      { entrypoint: 'svc.work', sequence: 1, error: { message: 'at once' } },
      { entrypoint: 'svc.work', sequence: 2, error: { message: 'later' } },
    ])
  })
})
