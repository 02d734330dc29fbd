/** The way of a run on its thread, with a gate and a clock of the test. */
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { type LiveTimer, TimerRunner } from '../../src/host/timer-runner.js'
import { RUN_ENDINGS, type RunReply } from '../../src/pool/protocol.js'
import { ThreadBlock } from '../../src/pool/thread-block.js'

class Thread {
  readonly block = ThreadBlock.withRecords(1)
  readonly called: string[] = []
  now = 1_000
  readonly #runner: TimerRunner

  constructor(timer: Partial<LiveTimer>) {
    const whole: LiveTimer = {
      id: 'svc.work',
      log: pino({ level: 'silent' }),
      call: () => this.called.push('work'),
      lease: undefined,
      when: undefined,
      nextInterval: undefined,
      ...timer,
    }
    this.#runner = new TimerRunner([whole], this.block, { now: () => this.now, hold: () => this.now })
  }

  async run(): Promise<string> {
    this.block.writeRun(0, 0, { sequence: 1, dueMono: 1_000, dueWall: 0, startBy: 2_000 }, 1, false)
    const reply: RunReply = await this.#runner.run(0)
    return RUN_ENDINGS[typeof reply === 'number' ? reply : reply.result]!
  }
}

describe('a run that is asked whether it is wanted', () => {
  it('runs when it is', async () => {
    const thread = new Thread({ when: async () => true })
    expect(await thread.run()).toBe('completed')
    expect(thread.called).toEqual(['work'])
  })

  it('does not call its method any more when it was told to stop meanwhile', async () => {
    const thread: Thread = new Thread({
      when: async () => {
        thread.block.abort(0, 'lease_lost')
        return true
      },
    })
    expect(await thread.run()).toBe('failed')
    expect(thread.called).toEqual([])
  })

  it('does not call its method any more when its start deadline has passed meanwhile', async () => {
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
