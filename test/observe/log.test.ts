import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Events } from '../../src/kernel/events.js'
import { SKIP_REASONS } from '../../src/kernel/vocabulary.js'
import { toWireError } from '../../src/kernel/wire-error/wire-error.js'
import { logEvents } from '../../src/observe/log/log.js'
import { prettyLine } from '../../src/observe/log/pretty-line.js'
import { aRun, aSkip } from './fake-engine.js'

const SECOND = 1_000_000
const MINUTE = 60 * SECOND

let now = 0
let lines: string[] = []
let events: Events
let stop: () => void = () => {}
const destination = { write: (line: string) => void lines.push(line) }

beforeEach(() => {
  now = MINUTE
  lines = []
  events = new Events()
})

afterEach(() => {
  stop()
})

function log(level: 'debug' | 'info' | 'warn' = 'info'): void {
  stop = logEvents({ logger: pino({ level }, destination), events, now: () => now })
}

/** What has been written, with the level as a word and without what pino adds. */
function written(): Record<string, unknown>[] {
  return lines.map((line) => {
    const { level, time, pid, hostname, ...fields } = JSON.parse(line)
    return { level: pino.levels.labels[level], ...fields }
  })
}

const THREAD = { pool: 'mail', services: ['mail'], slot: 0, threadId: 4 }
const SPANS = { tookSeconds: 0.2, importsSeconds: 0.05, dependenciesSeconds: 0, onStartSeconds: 0 }
const MAIL = { entrypoint: 'mail.send', service: 'mail', method: 'send' }

describe('a run that failed', () => {
  class QuotaError extends Error {
    readonly code = 'E_QUOTA'
    readonly left = 0
  }
  const error = toWireError(
    new QuotaError('no mail today', { cause: new TypeError('the quota is used up', { cause: new Error('deepest') }) }),
  )

  it('a run that failed is an error with its place, its times and everything the error said', () => {
    log()
    events.emit('run.ended', aRun('mail.send', { outcome: 'failed', attempt: 3, error }))
    expect(written()).toEqual([
      {
        level: 'error',
        msg: 'run failed',
        ...MAIL,
        tick: 7,
        dueAt: '2026-01-02T03:04:05.600Z',
        attempt: 3,
        latenessSeconds: 0.000_02,
        durationSeconds: 0.003,
        threadId: 4,
        err: expect.objectContaining({
          type: 'QuotaError',
          name: 'QuotaError',
          code: 'E_QUOTA',
          left: 0,
          message: 'no mail today: the quota is used up: deepest',
        }),
      },
    ])
  })

  it('a run that failed shows the stack of the error and of each of its causes', () => {
    log()
    events.emit('run.ended', aRun('mail.send', { outcome: 'failed', error }))
    const { stack } = written()[0]!.err as { stack: string }
    expect(stack).toContain(error.stack)
    expect(stack).toContain(`caused by: ${error.cause!.stack}`)
    expect(stack).toContain(`caused by: ${error.cause!.cause!.stack}`)
    expect(stack).toMatch(/^\s+at .*log\.test\.ts/m)
  })

  it('a run that failed has a stack even when nothing that has one was thrown', () => {
    log()
    events.emit('run.ended', aRun('mail.send', { outcome: 'failed', error: toWireError('just text') }))
    const message = 'thrown value is not an Error: just text'
    expect(written()[0]!.err).toMatchObject({ type: 'NonError', message, stack: `NonError: ${message}` })
  })

  it('a run that failed prints its stack for people too', () => {
    log()
    events.emit('run.ended', aRun('mail.send', { outcome: 'failed', error }))
    const printed = lines.map(prettyLine({ isColored: false })).join('')
    expect(printed).toContain('ERROR: run failed')
    expect(printed).toMatch(/\n +at .*log\.test\.ts/)
    expect(printed).toContain('caused by: TypeError: the quota is used up')
  })

  it('a run that failed is written each time it happens, whatever the cause of its end', () => {
    log()
    for (const outcome of ['failed', 'failed', 'timed_out', 'crashed'] as const) {
      events.emit('run.ended', aRun('mail.send', { outcome, error }))
    }
    expect(written().map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'error: run failed',
      'error: run failed',
      'error: run timed out',
      'error: run crashed',
    ])
  })
})

describe('other runs', () => {
  it('are told at debug when all went as it should', () => {
    log()
    events.emit('run.ended', aRun('mail.send'))
    events.emit('run.ended', aRun('mail.send', { outcome: 'declined' }))
    expect(written()).toEqual([])
    log('debug')
    events.emit('run.ended', aRun('mail.send'))
    expect(written()[0]).toMatchObject({ level: 'debug', msg: 'run completed', ...MAIL, tick: 7 })
  })

  it('that were aborted are told once and then counted', () => {
    log()
    for (let i = 0; i < 5; i++) events.emit('run.ended', aRun('mail.send', { outcome: 'aborted' }))
    now += MINUTE
    events.emit('run.ended', aRun('mail.send'))
    expect(written()).toEqual([
      expect.objectContaining({ level: 'info', msg: 'run aborted', ...MAIL, tick: 7 }),
      { level: 'info', msg: 'more runs aborted', ...MAIL, count: 4, overSeconds: 60 },
    ])
  })
})

describe('skipped ticks', () => {
  it('skipped ticks are told at once for each entrypoint and reason', () => {
    log()
    events.emit('tick.skipped', aSkip('mail.send'))
    events.emit('tick.skipped', aSkip('mail.send', { reason: 'missed', count: 12 }))
    events.emit('tick.skipped', aSkip('disk.sweep'))
    const dueAt = '2026-01-02T03:04:05.600Z'
    expect(written()).toEqual([
      { level: 'warn', msg: 'tick skipped', ...MAIL, reason: 'running', count: 1, tick: 7, dueAt },
      { level: 'warn', msg: 'tick skipped', ...MAIL, reason: 'missed', count: 12, tick: 7, dueAt },
      expect.objectContaining({ entrypoint: 'disk.sweep', reason: 'running' }),
    ])
  })

  it('the skipped ticks of a 100 ms job take 61 lines an hour, and the lines account for all of them', () => {
    log()
    for (let tick = 0; tick < 36_000; tick++, now += 100_000) events.emit('tick.skipped', aSkip('mail.send'))
    stop()
    expect(lines).toHaveLength(61)
    expect(written().reduce((sum, line) => sum + (line.count as number), 0)).toBe(36_000)
    expect(written()[1]).toEqual({
      level: 'warn',
      msg: 'more ticks skipped',
      ...MAIL,
      reason: 'running',
      count: 599,
      overSeconds: 60,
    })
  })

  it('ticks that are skipped as intended are told once an hour', () => {
    log()
    for (let tick = 0; tick < 3 * 3_600; tick++, now += SECOND) {
      events.emit('tick.skipped', aSkip('mail.send', { reason: 'not_leader' }))
    }
    expect(written().map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'info: tick skipped',
      'info: more ticks skipped',
      'info: more ticks skipped',
    ])
  })

  it('skipped ticks are told by the next run when the skipping is over', () => {
    log()
    events.emit('tick.skipped', aSkip('mail.send'))
    events.emit('tick.skipped', aSkip('mail.send'))
    now += 2 * MINUTE
    events.emit('run.ended', aRun('disk.sweep'))
    expect(written()[1]).toMatchObject({ msg: 'more ticks skipped', ...MAIL, count: 1, overSeconds: 120 })
  })

  it('skipped ticks that are still untold at the end come before the last line', () => {
    log()
    events.emit('tick.skipped', aSkip('mail.send'))
    events.emit('tick.skipped', aSkip('mail.send'))
    events.emit('stopped', { killed: [], alive: [], tookSeconds: 0.5 })
    expect(written().map(({ msg }) => msg)).toEqual(['tick skipped', 'more ticks skipped', 'stopped'])
  })

  it('skipped ticks are told one by one at debug', () => {
    log('debug')
    for (let sequence = 1; sequence <= 3; sequence++) events.emit('tick.skipped', aSkip('mail.send', { sequence }))
    expect(written().map(({ level, tick }) => `${level} ${tick}`)).toEqual(['warn 1', 'debug 2', 'debug 3'])
  })

  it('skipped ticks have a line for every reason there is', () => {
    log()
    for (const reason of SKIP_REASONS) events.emit('tick.skipped', aSkip('mail.send', { reason }))
    expect(written().map(({ reason }) => reason)).toEqual(SKIP_REASONS)
  })
})

describe('a method that keeps failing', () => {
  it('a row of failures is an error, and its end is told at info', () => {
    log()
    events.emit('entrypoint.failing', { ...MAIL, failures: 5, state: 'failing' })
    events.emit('entrypoint.failing', { ...MAIL, failures: 7, state: 'recovered' })
    expect(written()).toMatchObject([
      { level: 'error', msg: 'entrypoint keeps failing', entrypoint: 'mail.send', failures: 5 },
      { level: 'info', msg: 'entrypoint recovered', entrypoint: 'mail.send', failures: 7 },
    ])
  })
})

describe('the life of the engine', () => {
  it('begins with "ready": what went well before is told at debug only', () => {
    log()
    events.emit('thread.started', { ...THREAD, restarts: 0, ...SPANS })
    events.emit('ready', { services: 1, timers: 2, tookSeconds: 0.3 })
    expect(written()).toEqual([
      {
        level: 'info',
        msg: 'ready',
        services: 1,
        timers: 2,
        tookSeconds: 0.3,
        version: expect.stringMatching(/^\d/),
        node: process.version,
      },
    ])
  })

  it('ends with what was killed', () => {
    log()
    events.emit('stopping', { reason: 'received SIGTERM' })
    events.emit('stopped', { killed: ['mail.send'], alive: [], tookSeconds: 11 })
    expect(written()).toEqual([
      { level: 'info', msg: 'stopping', reason: 'received SIGTERM' },
      { level: 'warn', msg: 'stopped', killed: ['mail.send'], alive: [], tookSeconds: 11 },
    ])
  })

  it('tells of a thread that died, why, and when there will be another', () => {
    log()
    const error = toWireError(new RangeError('too deep'))
    events.emit('thread.exited', { ...THREAD, reason: 'error', exitCode: 1, error, restartIn: 0.1 })
    events.emit('thread.started', { ...THREAD, threadId: 5, restarts: 1, ...SPANS })
    expect(written()).toEqual([
      {
        level: 'error',
        msg: 'thread died',
        ...THREAD,
        reason: 'error',
        exitCode: 1,
        restartInSeconds: 0.1,
        err: expect.objectContaining({ type: 'RangeError', message: 'too deep', stack: error.stack }),
      },
      { level: 'info', msg: 'thread restarted', ...THREAD, threadId: 5, restarts: 1, ...SPANS },
    ])
  })

  it('does not make a fuss of a thread that was stopped', () => {
    log()
    events.emit('thread.exited', { ...THREAD, reason: 'stopped', exitCode: 0 })
    expect(written()).toEqual([])
  })

  it('warns of a clock jump', () => {
    log()
    events.emit('clock.jumped', { by: -3_600, direction: 'backward' })
    expect(written()).toEqual([{ level: 'warn', msg: 'clock jumped', direction: 'backward', bySeconds: -3_600 }])
  })

  it('tells of a ledger that does not balance, once and then once a minute', () => {
    log()
    for (let i = 0; i < 61; i++, now += SECOND) {
      events.emit('ledger.violated', { entrypoint: 'mail.send', detail: '1 tick is lost' })
    }
    expect(written()).toEqual([
      {
        level: 'error',
        msg: 'ledger does not close, please report this bug',
        entrypoint: 'mail.send',
        detail: '1 tick is lost',
      },
      { level: 'error', msg: 'ledger still does not close', entrypoint: 'mail.send', count: 59, overSeconds: 60 },
    ])
  })

  it('tells of a listener that throws, whatever it throws', () => {
    log()
    events.on('ready', () => {
      throw new Error('my listener is broken')
    })
    events.on('stopping', () => {
      throw 'text'
    })
    events.emit('ready', { services: 0, timers: 0, tookSeconds: 0 })
    events.emit('ready', { services: 0, timers: 0, tookSeconds: 0 })
    events.emit('stopping', { reason: 'test' })
    expect(written().filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        msg: 'listener failed',
        event: 'ready',
        err: expect.objectContaining({ type: 'Error', message: 'my listener is broken' }),
      },
      {
        level: 'error',
        msg: 'listener failed',
        event: 'stopping',
        err: expect.objectContaining({ type: 'NonError' }),
      },
    ])
  })

  it('is not heard any more once stopped', () => {
    log('debug')
    stop()
    events.emit('ready', { services: 1, timers: 2, tookSeconds: 0.3 })
    events.emit('run.ended', aRun('mail.send', { outcome: 'failed' }))
    expect(lines).toEqual([])
    expect(events.has('run.ended')).toBe(false)
  })
})

describe('a log line on a terminal', () => {
  const pretty = (isColored: boolean) => {
    log()
    events.emit('ready', { services: 1, timers: 2, tookSeconds: 0.3 })
    return prettyLine({ isColored })(lines[0]!)
  }

  it('is one line with the local time, the level, the text and the fields', () => {
    expect(pretty(false)).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: ready \{"services":1,"timers":2,.*\}\n$/)
  })

  it('has colours only when it is told to', () => {
    const startOfColor = String.fromCharCode(27)
    expect(pretty(true)).toContain(startOfColor)
    expect(pretty(false)).not.toContain(startOfColor)
  })
})

describe('the queue', () => {
  const failed = (code: string) => toWireError(Object.assign(new Error('down'), { code }))

  it('a failure of each kind is written once, then counted', () => {
    log()
    for (let i = 0; i < 61; i++, now += SECOND) {
      events.emit('queue.failed', { error: failed('ERR_QUEUE_STORE') })
      if (i === 3) events.emit('queue.failed', { error: failed('ERR_QUEUE_THREAD') })
    }
    expect(written()).toEqual([
      {
        level: 'warn',
        msg: 'queue failing',
        code: 'ERR_QUEUE_STORE',
        err: expect.objectContaining({ message: 'down' }),
      },
      {
        level: 'warn',
        msg: 'queue failing',
        code: 'ERR_QUEUE_THREAD',
        err: expect.objectContaining({ message: 'down' }),
      },
      { level: 'warn', msg: 'queue still failing', code: 'ERR_QUEUE_STORE', count: 59, overSeconds: 60 },
    ])
  })

  it('each ticket that was given up is an error', () => {
    log()
    const ticket = { service: 'mail', entrypoint: 'mail.send', reason: 'abandoned' } as const
    for (const id of ['a', 'b']) events.emit('ticket.discarded', { ...ticket, id, message: `${id} is lost` })
    expect(written()).toEqual(
      ['a', 'b'].map((id) => ({
        level: 'error',
        msg: 'ticket given up, no instance runs it again',
        ...ticket,
        ticket: id,
        detail: `${id} is lost`,
      })),
    )
  })

  it('tickets of a timer that this instance does not have are written once for each timer, then counted', () => {
    log()
    for (let i = 0; i < 61; i++, now += SECOND) {
      events.emit('ticket.stray', { service: 'mail', entrypoint: 'mail.gone', id: `gone ${i}` })
      if (i === 3) events.emit('ticket.stray', { service: 'mail', entrypoint: 'mail.other', id: 'other' })
    }
    expect(written()).toMatchObject([
      { level: 'warn', entrypoint: 'mail.gone', ticket: 'gone 0' },
      { level: 'warn', entrypoint: 'mail.other', ticket: 'other' },
      { level: 'warn', entrypoint: 'mail.gone', count: 59 },
    ])
  })
})

describe('a coordination store that does not answer', () => {
  it('is told once for each kind of failure, with a count for all leases and entrypoints', () => {
    log()
    const error = toWireError(new Error('connection refused'))
    for (let index = 0; index < 200; index++) {
      const lease = `lease-${index}`
      events.emit('lease.changed', { lease, event: 'renew_failed', epoch: 1n, error })
      events.emit('lease.changed', { lease, event: 'lost', epoch: 1n, cause: 'unconfirmed' })
      events.emit('lease.changed', { lease, event: 'acquire_failed', epoch: 1n, error })
      events.emit('claim.ended', { ...MAIL, entrypoint: `mail.send-${index}`, result: 'claim_unknown', error })
    }
    expect(written().map(({ msg }) => msg)).toEqual([
      'lease renew failed',
      'lease lost',
      'lease acquire failed',
      'claim unknown',
    ])
    now += MINUTE
    events.emit('members.changed', { service: 'mail', self: 'a', members: [] })
    expect(
      written()
        .slice(4, 8)
        .map(({ msg, count }) => [msg, count]),
    ).toEqual([
      ['lease renew failed again', 199],
      ['lease lost again', 199],
      ['lease acquire failed again', 199],
      ['claim unknown again', 199],
    ])
  })

  it('does not hide a lease that another instance has taken', () => {
    log()
    for (const lease of ['a', 'b']) {
      events.emit('lease.changed', { lease, event: 'lost', epoch: 1n, cause: 'taken' })
    }
    expect(written().map(({ lease }) => lease)).toEqual(['a', 'b'])
  })
})
