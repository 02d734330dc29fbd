import { describe, expect, it } from 'vitest'
import { fromConfig } from '../../src/define/options/from-config.js'
import { type Anything, describeExports, problemsOf, timerOf, withCron, withTimer, withTimers } from './support.js'

const SECOND = 1_000_000
const MINUTE = 60 * SECOND

describe('without options', () => {
  const common = {
    kind: 'timer',
    id: 'jobs.run',
    service: 'jobs',
    method: 'run',
    eager: false,
    overlap: 'skip',
    concurrency: 1,
    abortGrace: SECOND,
    jitter: 0,
    precise: 'auto',
    hasWhen: false,
    retry: { attempts: 1, backoff: { initial: SECOND, factor: 2, max: MINUTE, jitter: 0.2 } },
    breaker: false,
    scope: 'instance',
  }

  it('an interval timer without options skips missed ticks, and starts a tick within one interval or not at all', () => {
    expect(timerOf(withTimer(0.1))).toEqual({
      ...common,
      schedule: { kind: 'interval', interval: 100_000, align: false },
      missed: 'skip',
    })
  })

  it('a cron timer without options makes up for the latest missed tick, and has no start deadline of its own', () => {
    expect(timerOf(withCron('0 18 * * 1-5'))).toEqual({
      ...common,
      schedule: { kind: 'cron', expression: '0 18 * * 1-5' },
      missed: 'once',
    })
  })

  it('an interval function without options is asked once when it is described, without an earlier run', () => {
    const asked: unknown[] = []
    const interval = (facts: unknown) => {
      asked.push(facts)
      return 5
    }
    expect(timerOf(withTimer(interval), { load: 0.7 })).toEqual({
      ...common,
      schedule: { kind: 'adaptive', initial: 5 * SECOND },
      missed: 'skip',
    })
    expect(asked).toEqual([{ lastDuration: 0, failures: 0, load: 0.7 }])
  })
})

describe('with options', () => {
  it('a timer takes every option, durations in seconds or as text', () => {
    const window = { days: 'mon-fri', from: '09:00', to: '17:00', timezone: 'Europe/Paris' }
    const options = {
      eager: true,
      overlap: 'allow',
      concurrency: 3,
      timeout: '2s',
      abortGrace: 0,
      missed: 'all',
      startDeadline: 0.5,
      jitter: '100ms',
      align: true,
      precise: false,
      window,
      when: () => true,
      retry: { attempts: 3, backoff: { initial: 2, factor: 3, max: '5m', jitter: 0 } },
      breaker: { failures: 2, reset: '1m', factor: 1, max: '1h' },
      scope: 'leader',
    }
    expect(timerOf(withTimer('1s', options))).toEqual({
      lease: 'jobs',
      kind: 'timer',
      id: 'jobs.run',
      service: 'jobs',
      method: 'run',
      schedule: { kind: 'interval', interval: SECOND, align: true },
      eager: true,
      overlap: 'allow',
      concurrency: 3,
      timeout: 2 * SECOND,
      abortGrace: 0,
      missed: 'all',
      startDeadline: 500_000,
      jitter: 100_000,
      precise: false,
      window: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], fromMinute: 540, toMinute: 1020, timezone: 'Europe/Paris' },
      hasWhen: true,
      retry: { attempts: 3, backoff: { initial: 2 * SECOND, factor: 3, max: 5 * MINUTE, jitter: 0 } },
      breaker: { failures: 2, reset: MINUTE, factor: 1, max: 60 * MINUTE },
      scope: 'leader',
    })
  })

  it('a timer takes each option from the configuration', () => {
    const options = {
      eager: fromConfig('EAGER'),
      overlap: fromConfig('OVERLAP', 'wait'),
      retry: { attempts: fromConfig('retry.attempts'), backoff: fromConfig('retry.backoff') },
      window: fromConfig('WINDOW'),
    }
    const config = {
      INTERVAL: '0.5',
      EAGER: 'true',
      retry: { attempts: '4', backoff: { initial: '2', jitter: '0' } },
      WINDOW: { days: 'sat' },
    }
    expect(timerOf(withTimer(fromConfig('INTERVAL', 60), options), { config })).toMatchObject({
      schedule: { interval: 500_000 },
      eager: true,
      overlap: 'wait',
      retry: { attempts: 4, backoff: { initial: 2 * SECOND, jitter: 0 } },
      window: { days: ['sat'] },
    })
    expect(
      timerOf(withCron(fromConfig('AT', '0 0 * * *'), { timezone: fromConfig('ZONE', 'UTC') }), { config }).schedule,
    ).toEqual({ kind: 'cron', expression: '0 0 * * *', timezone: 'UTC' })
  })

  it('a timer does not change the options that it is given', () => {
    const options = Object.freeze({
      timeout: undefined,
      retry: Object.freeze({ attempts: 2, backoff: Object.freeze({ initial: fromConfig('A', 1) }) }),
      window: Object.freeze({ days: Object.freeze(['mon', 'tue']) }),
    })
    const defaults = Object.freeze({ retry: Object.freeze({ backoff: Object.freeze({ factor: 3 }) }) })
    const before = JSON.stringify(options)
    expect(timerOf(withTimer(1, options), { defaults }).retry).toMatchObject({ attempts: 2, backoff: { factor: 3 } })
    expect(JSON.stringify(options)).toBe(before)
  })

  it('a timer with overlap allow lets 10 runs overlap by default', () => {
    expect(timerOf(withTimer(1, { overlap: 'allow' })).concurrency).toBe(10)
    expect(timerOf(withTimer(1, { overlap: 'skip', concurrency: 1 })).concurrency).toBe(1)
  })

  it('a timer has no breaker unless it asks for one', () => {
    expect(timerOf(withTimer(1)).breaker).toBe(false)
    expect(timerOf(withTimer(1, { breaker: false })).breaker).toBe(false)
    const standard = { failures: 5, reset: 30 * SECOND, factor: 2, max: 10 * MINUTE }
    expect(timerOf(withTimer(1, { breaker: true })).breaker).toEqual(standard)
    expect(timerOf(withTimer(1, { breaker: {} })).breaker).toEqual(standard)
  })

  it('the reset time of a breaker is 5 intervals or 30 s, whichever is longer, and its maximum is not below that', () => {
    const breaker = true
    expect(timerOf(withTimer('1m', { breaker })).breaker).toMatchObject({ reset: 5 * MINUTE, max: 10 * MINUTE })
    expect(timerOf(withTimer('1h', { breaker })).breaker).toMatchObject({ reset: 300 * MINUTE, max: 300 * MINUTE })
    expect(timerOf(withTimer(() => '1m', { breaker })).breaker).toMatchObject({ reset: 5 * MINUTE })
  })

  it('the maximum of a backoff is at least its initial delay', () => {
    const { backoff } = timerOf(withTimer('1h', { retry: { attempts: 2, backoff: { initial: '2m' } } })).retry
    expect(backoff).toMatchObject({ initial: 2 * MINUTE, max: 2 * MINUTE })
  })

  it('a timer with scope cluster is aligned, so that all processes have the same due moments', () => {
    expect(timerOf(withTimer(60, { scope: 'cluster' })).schedule).toMatchObject({ align: true })
    expect(timerOf(withTimer(60), { defaults: { scope: 'cluster', align: false } }).schedule).toMatchObject({
      align: true,
    })
  })

  it('a timer with scope queue is aligned, is never handed over early, and needs a lease for the hand-over only', () => {
    const timer = timerOf(withTimer(60, { scope: 'queue', overlap: 'wait', retry: { attempts: 3 }, precise: 'auto' }))
    expect(timer).toMatchObject({
      schedule: { align: true },
      scope: 'queue',
      overlap: 'wait',
      precise: false,
      breaker: false,
      retry: { attempts: 3 },
      offerLease: 'jobs/queue',
    })
    expect(timer).not.toHaveProperty('lease')
  })

  it('a service with a timer of scope queue names the lease of the hand-over among its leases', () => {
    expect(describeExports({ Jobs: withTimer(60, { scope: 'queue' }) })).toMatchObject([{ leases: ['jobs/queue'] }])
  })
})

describe('configured defaults', () => {
  it('configured defaults that do not fit scope queue are passed over, and the timer names them', () => {
    const defaults = { overlap: 'replace', eager: true, precise: true, breaker: true, align: false }
    expect(timerOf(withTimer(60, { scope: 'queue' }), { defaults })).toMatchObject({
      schedule: { align: true },
      overlap: 'skip',
      eager: false,
      precise: false,
      breaker: false,
      passedOver: ['eager', 'overlap', 'precise', 'breaker'],
    })
  })

  it.each([
    ['a scope that can have them', {}, { overlap: 'replace', eager: true, breaker: true, precise: true }],
    [
      'options of the timer itself',
      { scope: 'queue', overlap: 'allow', breaker: false },
      { overlap: 'replace', breaker: true },
    ],
    ['values that fit', { scope: 'queue' }, { overlap: 'wait', eager: false, precise: 'auto', breaker: false }],
  ] as const)('configured defaults are not passed over with %s', (_what, own, defaults) => {
    expect(timerOf(withTimer(60, own), { defaults })).not.toHaveProperty('passedOver')
  })

  it('a configured default of eager is passed over with scope cluster too', () => {
    expect(timerOf(withTimer(60, { scope: 'cluster' }), { defaults: { eager: true, breaker: true } })).toMatchObject({
      eager: false,
      passedOver: ['eager'],
    })
  })

  it('configured defaults do not replace options that a timer sets itself', () => {
    const defaults = { timeout: '30', overlap: 'wait', eager: 'true', missed: 'once', precise: false }
    expect(timerOf(withTimer(60, { overlap: 'replace', eager: false }), { defaults })).toMatchObject({
      timeout: 30 * SECOND,
      overlap: 'replace',
      eager: false,
      missed: 'once',
      precise: false,
    })
  })

  it('configured defaults can be undone by a timer', () => {
    const defaults = { timeout: '30s', window: { days: 'mon-fri' }, breaker: false, jitter: 1 }
    const undone = timerOf(withTimer(60, { timeout: false, window: false, breaker: {}, jitter: 0 }), { defaults })
    expect(undone).not.toHaveProperty('timeout')
    expect(undone).not.toHaveProperty('window')
    expect(undone).toMatchObject({ breaker: { failures: 5 }, jitter: 0 })
    const withoutBreaker = timerOf(withTimer(60, { breaker: false }), { defaults: { breaker: true } })
    expect(withoutBreaker).toMatchObject({ breaker: false })
  })

  it('configured defaults can turn the breaker on for every timer, and breaker true on a timer keeps their fields', () => {
    expect(timerOf(withTimer(1), { defaults: { breaker: true } })).toMatchObject({ breaker: { failures: 5 } })
    const defaults = { breaker: { failures: 9 } }
    expect(timerOf(withTimer(1), { defaults })).toMatchObject({ breaker: { failures: 9 } })
    expect(timerOf(withTimer(1, { breaker: true }), { defaults })).toMatchObject({ breaker: { failures: 9 } })
  })

  it('configured defaults are merged field by field into retry and breaker, and replaced whole otherwise', () => {
    const defaults = {
      retry: { attempts: 5, backoff: { initial: '5s', max: '20s' } },
      breaker: { failures: 9, max: '1h' },
      window: { days: 'mon-fri', from: '09:00' },
    }
    const options = {
      retry: { attempts: 2, backoff: { max: '10s' } },
      breaker: { failures: 3 },
      window: { to: '12:00' },
    }
    expect(timerOf(withTimer(1, options), { defaults })).toMatchObject({
      retry: { attempts: 2, backoff: { initial: 5 * SECOND, max: 10 * SECOND } },
      breaker: { failures: 3, max: 60 * MINUTE },
      window: { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], fromMinute: 0, toMinute: 720 },
    })
  })

  it('configured defaults are not applied to a timer for which they make no sense', () => {
    const defaults = { concurrency: 4, align: true, jitter: '1s', timezone: 'Europe/Paris' }
    const often = timerOf(withTimer('1s'), { defaults })
    expect(often).toMatchObject({ concurrency: 1, jitter: 0, schedule: { kind: 'interval', align: true } })
    expect(timerOf(withTimer('2s', { overlap: 'allow' }), { defaults })).toMatchObject({
      concurrency: 4,
      jitter: SECOND,
    })
    expect(
      timerOf(
        withTimer(() => 1),
        { defaults },
      ).schedule,
    ).toEqual({ kind: 'adaptive', initial: SECOND })
    expect(timerOf(withCron('0 0 * * *'), { defaults })).toMatchObject({
      jitter: SECOND,
      schedule: { kind: 'cron', timezone: 'Europe/Paris' },
    })
  })

  it.each([
    [{ timout: '30s' }, 'option "timout" is not known, did you mean "timeout"?'],
    [{ when: true }, 'option "when" is not known: a function cannot come from the configuration'],
    [
      { timeout: '30 parsecs' },
      'option "timeout" must be a number of seconds or a duration such as "100ms", "5m" or "1h30m", got "30 parsecs"',
    ],
    [[], 'options must be an object, got []'],
    [null, 'options must be an object, got null'],
  ])(
    'configured defaults that are wrong (%j) are reported once, and no timer is blamed',
    (defaults: Anything, problem) => {
      expect(problemsOf({ Jobs: withTimers(1, '5m') }, { defaults })).toEqual([
        `configuration: escapement.defaults: ${problem}`,
      ])
    },
  )
})

describe('a bad timer', () => {
  const number = 'must be a number of seconds or a duration such as "100ms", "5m" or "1h30m"'
  it.each<[interval: Anything, options: Anything, problem: string]>([
    [undefined, undefined, `interval ${number}, got undefined`],
    ['5', undefined, `interval ${number}, got "5": it needs a unit ("5s"), or no quotes to mean seconds`],
    [
      0,
      undefined,
      'interval must be from 1ms to 400d, got 0 s; to run back to back, give a short interval and overlap "wait"',
    ],
    [
      fromConfig('X'),
      undefined,
      'interval is read from "X" of the configuration, which is not set and has no fallback',
    ],
    [() => 'soon', undefined, `interval ${number}, got "soon"`],
    [1, null, 'options must be an object, got null'],
    [1, 'skip', 'options must be an object, got "skip"'],
    [1, [1], 'options must be an object, got [1]'],
    [1, { overlpa: 'skip' }, 'option "overlpa" is not known, did you mean "overlap"?'],
    [1, { colour: 'red' }, 'option "colour" is not known'],
    [1, { interval: 5 }, 'option "interval" is not known: the interval is the first argument, @timer(60, { ... })'],
    [
      1,
      { timezone: 'UTC' },
      'option "timezone" needs "from": an interval has no time zone; for the window write window: { timezone: ... }',
    ],
    [
      1,
      { overlap: 'skpi' },
      'option "overlap" must be one of "skip", "wait", "allow", "replace", got "skpi", did you mean "skip"?',
    ],
    [1, { overlap: true }, 'option "overlap" must be one of "skip", "wait", "allow", "replace", got true'],
    [1, { missed: 'none' }, 'option "missed" must be one of "skip", "once", "all", got "none", did you mean "once"?'],
    [
      1,
      { scope: 'everywhere' },
      'option "scope" must be one of "instance", "leader", "cluster", "queue", got "everywhere"',
    ],
    [
      1,
      { scope: 'queu' },
      'option "scope" must be one of "instance", "leader", "cluster", "queue", got "queu", did you mean "queue"?',
    ],
    [1, { eager: 1 }, 'option "eager" must be true or false, got 1'],
    [1, { precise: 'always' }, 'option "precise" must be true, false or "auto", got "always"'],
    [1, { overlap: 'allow', concurrency: 65 }, 'option "concurrency" must be a whole number from 1 to 64, got 65'],
    [1, { overlap: 'allow', concurrency: 1.5 }, 'option "concurrency" must be a whole number from 1 to 64, got 1.5'],
    [1, { overlap: 'allow', concurrency: '2' }, 'option "concurrency" must be a whole number from 1 to 64, got "2"'],
    [1, { concurrency: 2 }, 'option "concurrency" must be 1 unless overlap is "allow", got 2 and overlap "skip"'],
    [1, { timeout: 0 }, 'option "timeout" must be from 1µs to 400d, got 0 s'],
    [1, { timeout: null }, `option "timeout" ${number}, got null`],
    [1, { timeout: true }, `option "timeout" ${number}, got true`],
    [1, { abortGrace: -1 }, 'option "abortGrace" must be from 0 to 400d, got -1 s'],
    [1, { startDeadline: '0s' }, 'option "startDeadline" must be from 1µs to 400d, got "0s"'],
    [1, { jitter: 1 }, 'option "jitter" must be less than the interval (1s), got 1s'],
    [1, { when: true }, 'option "when" must be a function, got true'],
    [1, { when: fromConfig('EAGER') }, 'option "when" must be a function, got true'],
    [() => 1, { align: false }, 'option "align" needs a fixed interval, and this one is a function'],
    [
      () => 1,
      { scope: 'cluster' },
      'option "scope" is "cluster", but with an interval function every process has due moments of its own: use scope "leader" or a fixed interval',
    ],
    [
      1,
      { scope: 'cluster', align: false },
      'option "align" is false, but scope "cluster" needs due moments that are the same on every process',
    ],
    [
      () => 1,
      { scope: 'queue' },
      'option "scope" is "queue", but with an interval function every process has due moments of its own: use scope "leader" or a fixed interval',
    ],
    [
      1,
      { scope: 'queue', align: false },
      'option "align" is false, but scope "queue" needs due moments that are the same on every process',
    ],
    [
      1,
      { scope: 'queue', eager: true },
      'option "eager" is true, but scope "queue" needs due moments that are the same on every process, and starts are not',
    ],
    [
      1,
      { scope: 'queue', overlap: 'replace' },
      'option "overlap" is "replace", but with scope "queue" the run to be replaced may be on another process: use "skip", "wait" or "allow"',
    ],
    [
      1,
      { scope: 'queue', precise: true },
      'option "precise" is true, but with scope "queue" a tick goes to the queue at its due moment and starts some milliseconds later: remove "precise", or use another scope',
    ],
    [
      1,
      { scope: 'queue', breaker: true },
      'option "breaker" cannot be used with scope "queue": an instance knows only the runs that it took itself. Remove "breaker", or use another scope',
    ],
    [1, { retry: 3 }, 'option "retry" must be an object, got 3'],
    [1, { retry: { attempts: 0 } }, 'option "retry.attempts" must be a whole number from 1 to 100, got 0'],
    [1, { retry: { retries: 3 } }, 'option "retry.retries" is not known'],
    [1, { retry: { backoff: { initial: 0 } } }, 'option "retry.backoff.initial" must be from 1ms to 400d, got 0 s'],
    [
      1,
      { retry: { backoff: { factor: 0.5 } } },
      'option "retry.backoff.factor" must be a number from 1 to 100, got 0.5',
    ],
    [1, { retry: { backoff: { jitter: 2 } } }, 'option "retry.backoff.jitter" must be a number from 0 to 1, got 2'],
    [1, { retry: { backoff: { maximum: 2 } } }, 'option "retry.backoff.maximum" is not known'],
    [
      1,
      { retry: { backoff: { initial: '2m', max: '1m' } } },
      'option "retry.backoff.max" must not be less than retry.backoff.initial (2m), got 1m',
    ],
    [
      1,
      { retry: { attempts: fromConfig('X') } },
      'option "retry.attempts" is read from "X" of the configuration, which is not set and has no fallback',
    ],
    [1, { breaker: 5 }, 'option "breaker" must be true, false or an object, got 5'],
    [1, { breaker: { failures: 0 } }, 'option "breaker.failures" must be a whole number from 1 to 10000, got 0'],
    [1, { breaker: { resett: 1 } }, 'option "breaker.resett" is not known, did you mean "reset"?'],
    [1, { breaker: { reset: 60, max: 30 } }, 'option "breaker.max" must not be less than breaker.reset (1m), got 30s'],
  ])('@timer(%o, %o) is refused', (interval, options, problem) => {
    expect(problemsOf({ Jobs: withTimer(interval, options) }, { config: { EAGER: 'true' } })).toEqual([
      `jobs.run: ${problem}`,
    ])
  })

  it.each<[expression: Anything, options: Anything, problem: string]>([
    [undefined, undefined, 'expression must be a cron expression such as "0 18 * * 1-5", got undefined'],
    [
      '0 0 30 2 *',
      undefined,
      'expression does not work: expected a cron expression with a future occurrence, but no date from 2026-01-05 on matches "0 0 30 2 *"',
    ],
    [
      '* * * * *',
      { align: true },
      'option "align" is not known: it is for @timer, a cron expression has its own times',
    ],
    ['* * * * *', { timzone: 'UTC' }, 'option "timzone" is not known, did you mean "timezone"?'],
    ['* * * * *', { timezone: 5 }, 'option "timezone" must be a time zone such as "Europe/Paris", got 5'],
    [
      '* * * * *',
      { timezone: 'Mars/Olympus' },
      'option "timezone" is no time zone: expected the IANA name of a time zone such as "Europe/Paris", got "Mars/Olympus"',
    ],
  ])('@cron(%o, %o) is refused', (expression, options, problem) => {
    expect(problemsOf({ Jobs: withCron(expression, options) })).toEqual([`jobs.run: ${problem}`])
  })

  it('all problems of a bad timer are reported at once', () => {
    const options = {
      overlap: 'skpi',
      timout: 1,
      retry: { attempts: 0, backoff: { factor: 0 } },
      jitter: fromConfig('X'),
    }
    expect(problemsOf({ Jobs: withTimer(-1, options) }).map((problem) => problem.slice(0, 40))).toEqual([
      'jobs.run: option "jitter" is read from "',
      'jobs.run: option "overlap" must be one o',
      'jobs.run: option "retry.attempts" must b',
      'jobs.run: option "retry.backoff.factor" ',
      'jobs.run: option "timout" is not known, ',
      'jobs.run: interval must be from 1ms to 4',
    ])
  })

  it('a timer whose options cannot be read is reported, with what the getter threw', () => {
    const options = {
      get overlap() {
        throw new Error('not today')
      },
    }
    expect(problemsOf({ Jobs: withTimer(1, options) })).toEqual([
      'jobs.run: its options cannot be read: Error: not today',
    ])
  })
})

it('a definition is plain data: no functions, no markers', () => {
  const services = describeExports({ Jobs: withTimer(() => 1, { when: () => true, jitter: fromConfig('X', 0.1) }) })
  expect(structuredClone(services)).toEqual(services)
})
