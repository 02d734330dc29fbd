import { describe, expect, it } from 'vitest'
import { PROBLEM_KINDS, TIMER_CONDITIONS } from '../../../src/admin/views/problem-kinds.js'
import type { TimerFacts } from '../../../src/admin/views/timer-facts.js'
import { timerStatus } from '../../../src/admin/views/timer-status.js'
import { type Situation, verdictOf } from '../../../src/admin/views/verdict.js'
import type { TimerDefinition } from '../../../src/kernel/definitions.js'
import { HEALTH_PROBLEM_KINDS, type Health } from '../../../src/kernel/health.js'
import type { ThreadView } from '../../../src/kernel/view.js'
import { factsOf, MINUTE, NOW, PAUSE, runDue, SECOND, skippedDue } from './facts.js'

const failedRun = (ago: number) => runDue(ago, { outcome: 'failed' })
const HEALTHY: Health = { live: true, ready: true, problems: [] }
const QUIET: Situation = {
  timers: [],
  threads: [],
  health: HEALTHY,
  loopLag: 1,
  ledgerViolations: 0,
  queues: [],
}
const RETRY = { attempts: 3, backoff: { initial: 1_000_000, factor: 2, max: 60_000_000, jitter: 0.2 } }
const thread = (given: Partial<ThreadView>): ThreadView => ({
  pool: 'svc',
  services: ['svc'],
  slot: 0,
  state: 'idle',
  restarts: 0,
  ...given,
})

type TimerSituation = [
  condition: string,
  level: string,
  text: string,
  sentence: string,
  facts: Partial<TimerFacts>,
  definition?: Partial<TimerDefinition>,
]

const SITUATIONS: TimerSituation[] = [
  [
    'hung',
    'critical',
    'hung for 12 min',
    'svc.work hangs: its run has been in progress for 12 min, since 11:48:00.000Z, and it has no timeout.',
    { runningSince: NOW - 12 * MINUTE },
  ],
  [
    'hung',
    'critical',
    'hung for 30 s',
    'svc.work hangs: its run has been in progress for 30 s, since 11:59:30.000Z, and its timeout and grace of 6 s are over.',
    { runningSince: NOW - 30 * SECOND },
    { timeout: 5_000_000 },
  ],
  [
    'overdue',
    'critical',
    'no success for 5 min',
    'svc.work is overdue: no run has completed for 5 min, since 11:55:00.000Z: its last ticks were skipped (saturated).',
    { overdueSince: NOW - 5 * MINUTE, last: [skippedDue(SECOND, { reason: 'saturated', count: 9 })] },
  ],
  [
    'failing',
    'critical',
    '12 failures in a row',
    'svc.work keeps failing: 12 failures in a row since 11:59:48.000Z.',
    {
      consecutiveFailures: 12,
      last: [runDue(13 * SECOND), ...Array.from({ length: 12 }, (_, at) => failedRun((12 - at) * SECOND))],
      overdueSince: NOW - 5 * MINUTE,
    },
  ],
  [
    'hung',
    'critical',
    'hung for 30 s',
    'svc.work hangs: its run has been in progress for 30 s, since 11:59:30.000Z, and the timeouts of all its attempts of 20 s are over.',
    { runningSince: NOW - 30 * SECOND },
    { timeout: 5_000_000, retry: RETRY },
  ],
  [
    'running',
    'ok',
    'running for 18 s',
    'svc.work has been running for 18 s.',
    { runningSince: NOW - 18 * SECOND },
    { timeout: 5_000_000, retry: RETRY },
  ],
  [
    'failing',
    'critical',
    '2 failures in a row',
    'svc.work keeps failing: 2 failures in a row since 11:59:58.000Z.',
    { consecutiveFailures: 2, last: [failedRun(2 * SECOND), failedRun(SECOND)], overdueSince: NOW - 5 * MINUTE },
  ],
  [
    'failing',
    'critical',
    '6 time-outs in a row',
    'svc.work keeps hanging: 6 time-outs in a row since 11:54:00.000Z; each took longer than its timeout of 5 s.',
    {
      consecutiveFailures: 6,
      noSuccessSince: NOW - 6 * MINUTE,
      last: Array.from({ length: 6 }, (_, at) => runDue((6 - at) * MINUTE, { outcome: 'timed_out' })),
    },
    { timeout: 5_000_000 },
  ],
  [
    'quarantined',
    'critical',
    'quarantined until 12:00:30.000Z',
    'svc.work is quarantined until 12:00:30.000Z, because it has crashed its thread too often.',
    { circuit: { state: 'open', reason: 'quarantined', until: NOW + 30 * SECOND } },
  ],
  [
    'circuit_open',
    'critical',
    'circuit open until 12:01:00.000Z',
    'svc.work does not run until 12:01:00.000Z: its circuit is open after 5 failures in a row.',
    { consecutiveFailures: 5, circuit: { state: 'open', reason: 'circuit_open', until: NOW + MINUTE } },
  ],
  [
    'circuit_open',
    'critical',
    'circuit open until its probe has ended',
    'svc.work does not run until its probe has ended: its circuit is half open after 5 failures in a row.',
    { consecutiveFailures: 5, circuit: { state: 'half_open', reason: 'circuit_open', until: undefined } },
  ],
  [
    'failed_once',
    'warning',
    'last run crashed',
    'svc.work crashed in its last run at 11:59:59.000Z.',
    { consecutiveFailures: 1, last: [runDue(SECOND, { outcome: 'crashed' })] },
  ],
  [
    'skipping',
    'warning',
    'skips most ticks (running)',
    'svc.work skips most of its ticks (running).',
    { last: [runDue(20 * SECOND), skippedDue(SECOND, { count: 19, firstDueAt: NOW - 19 * SECOND })] },
  ],
  [
    'skipping',
    'warning',
    'skips most ticks (missed)',
    'svc.work skips most of its ticks (missed).',
    {
      last: [
        { ...skippedDue(SECOND, { count: 20, firstDueAt: NOW - 20 * SECOND }), end: 'handed_over' },
        skippedDue(SECOND, { reason: 'missed', count: 12, firstDueAt: NOW - 12 * SECOND }),
        runDue(20 * SECOND),
      ],
    },
    { scope: 'queue', offerLease: 'svc/queue' },
  ],
  [
    'late',
    'warning',
    'starts 700 ms late',
    'svc.work starts late: 700 ms after it is due.',
    { last: Array.from({ length: 12 }, (_, at) => runDue((12 - at) * SECOND, { startedAfter: 700 })) },
  ],
  ['no_next_tick', 'warning', 'no further tick', 'svc.work has no further tick.', { nextDueAt: undefined }],
  [
    'paused',
    'ok',
    'paused by eva',
    'svc.work is paused by eva since 11:00:00.000Z: moving the database.',
    { pause: PAUSE },
  ],
  [
    'waiting_for_thread',
    'warning',
    'a tick waits',
    'svc.work has a tick that waits and no run in progress.',
    { ledger: { ...factsOf().ledger, pending: 1 }, last: [runDue(2 * MINUTE)] },
  ],
  [
    'running',
    'ok',
    'running for 2.5 s',
    'svc.work has been running for 2.5 s.',
    { runningSince: NOW - 2_500 },
    { timeout: 5_000_000 },
  ],
  [
    'not_leader',
    'ok',
    'another instance leads',
    'svc.work does not run here: this instance does not hold the lease reports.',
    { holdsLease: false },
    { lease: 'reports', scope: 'leader' },
  ],
  [
    'not_leader',
    'ok',
    'ticks are handed over elsewhere',
    'svc.work hands no tick over to the queue here: this instance does not hold the lease svc/queue.',
    { handsOver: false },
    { offerLease: 'svc/queue', scope: 'queue' },
  ],
  [
    'not_offered',
    'critical',
    'no instance hands its ticks over',
    'svc.work is handed over to the queue by no instance: none has held the lease svc/queue since 11:50:00.000Z, and this one never does (escapement.queue.offer is false); start an instance with escapement.queue.offer: true.',
    { handsOver: false, notOfferedSince: NOW - 10 * MINUTE, overdueSince: NOW - 5 * MINUTE },
    { offerLease: 'svc/queue', scope: 'queue' },
  ],
  [
    'outside_window',
    'ok',
    'outside its window',
    'svc.work is outside its window, sat 09:00-17:00 (UTC).',
    { last: [skippedDue(SECOND, { reason: 'outside_window' })] },
    { window: { days: ['sat'], fromMinute: 540, toMinute: 1_020, timezone: 'UTC' } },
  ],
  ['new', 'ok', 'has not been due yet', 'svc.work has not been due yet.', { ledger: { ...factsOf().ledger, due: 0 } }],
  ['well', 'ok', 'ok', 'svc.work is well.', {}],
]

describe('the status of a timer', () => {
  it.each<TimerSituation>(SITUATIONS)('%s (%s): %s', (condition, level, text, sentence, facts, definition) => {
    const status = timerStatus(factsOf(facts, definition), NOW)
    expect(status).toMatchObject({ condition, level, text, sentence })
  })

  it('each condition of a timer has a situation above', () => {
    expect(TIMER_CONDITIONS.filter((condition) => !SITUATIONS.some(([one]) => one === condition))).toEqual([])
  })

  it('a streak that is longer than the history began with the first tick without a success', () => {
    const last = Array.from({ length: 3 }, (_, at) => failedRun((3 - at) * SECOND))
    const facts = factsOf({ consecutiveFailures: 230, noSuccessSince: NOW - 30 * MINUTE, last })
    expect(timerStatus(facts, NOW).since).toBe(NOW - 30 * MINUTE)
  })

  it('a run that is aborted for another cause than its time is no failure', () => {
    const facts = factsOf({
      consecutiveFailures: 2,
      last: [failedRun(3_000), runDue(2_000, { outcome: 'aborted' }), failedRun(1_000)],
    })
    expect(timerStatus(facts, NOW)).toMatchObject({ text: '2 failures in a row', since: NOW - 3_000 })
  })
})

describe('the verdict', () => {
  it.each(HEALTH_PROBLEM_KINDS)('tells a problem of the health by its kind, whatever its text: %s', (kind) => {
    // Another kind could be read out of this text.
    const text = 'the supervisor is stopping because the scheduler is 7s behind'
    const { problems } = verdictOf(
      { ...QUIET, threads: undefined, health: { ...HEALTHY, problems: [{ kind, text }] } },
      NOW,
    )
    expect(problems).toMatchObject([{ kind }])
    expect(PROBLEM_KINDS).toContain(kind)
  })

  it('that no instance hands ticks over is told once for each timer, not for the service too', () => {
    const health = { ...HEALTHY, problems: [{ kind: 'not_offered', text: 'nobody offers' } as const] }
    const timers = [factsOf({ handsOver: false, notOfferedSince: NOW - MINUTE }, { offerLease: 'svc/queue' })]
    expect(verdictOf({ ...QUIET, timers, health }, NOW)).toMatchObject({
      level: 'critical',
      problems: [{ kind: 'not_offered', entrypoint: 'svc.work' }],
    })
  })

  it('when all is well the verdict says so, and names what is paused', () => {
    expect(verdictOf({ ...QUIET, timers: [factsOf()] }, NOW)).toEqual({
      level: 'ok',
      text: 'The one entrypoint is well.',
      problems: [],
    })
    expect(verdictOf({ ...QUIET, timers: [factsOf(), factsOf({ pause: PAUSE })] }, NOW)).toMatchObject({
      level: 'ok',
      text: 'All 2 entrypoints are well; 1 is paused.',
      problems: [{ level: 'ok', entrypoint: 'svc.work' }],
    })
    expect(verdictOf(QUIET, NOW).text).toBe('There are no timers.')
  })

  it.each([
    [
      'The main thread has not answered for 5s.',
      'critical',
      {
        health: {
          live: false,
          ready: false,
          problems: [{ kind: 'main_thread_silent', text: 'the main thread has not answered for 5s' }],
        },
      },
    ],
    [
      'The scheduler is 7s behind.',
      'critical',
      {
        health: {
          live: false,
          ready: false,
          problems: [{ kind: 'scheduler_stalled', text: 'the scheduler is 7s behind' }],
        },
      },
    ],
    [
      'Thread 0 of svc was killed and has not ended; it may be running native code.',
      'critical',
      { threads: [thread({ state: 'zombie' })] },
    ],
    [
      'Thread 1 of svc keeps ending, and was restarted 7 times: it ran out of memory.',
      'critical',
      { threads: [thread({ slot: 1, state: 'restarting', restarts: 7, problem: 'it ran out of memory' })] },
    ],
    [
      '12 tickets of svc wait in the queue and no instance runs any; the oldest has been due for 2 min: is an instance up that takes tickets (escapement.queue.take: true)?',
      'critical',
      { queues: [{ service: 'svc', waiting: 12, active: 0, oldestSeconds: 120 }] },
    ],
    [
      '1 ticket of svc waits in the queue and no instance runs any; the oldest has been due for 30 s: is an instance up that takes tickets (escapement.queue.take: true)?',
      'critical',
      { queues: [{ service: 'svc', waiting: 1, active: 0, oldestSeconds: 30 }] },
    ],
    ['Thread 0 of svc is restarting.', 'warning', { threads: [thread({ state: 'restarting' })] }],
    [
      'The coordination store does not answer.',
      'warning',
      {
        health: {
          live: true,
          ready: true,
          problems: [{ kind: 'store', text: 'the coordination store does not answer' }],
        },
      },
    ],
    [
      'The coordination store does not answer.',
      'critical',
      {
        timers: [factsOf({}, { scope: 'leader', lease: 'reports' })],
        health: {
          live: true,
          ready: true,
          problems: [{ kind: 'store', text: 'the coordination store does not answer' }],
        },
      },
    ],
    [
      'The coordination store does not answer (since 11:59:20.000Z).',
      'warning',
      {
        health: {
          live: true,
          ready: true,
          problems: [{ kind: 'store', text: 'the coordination store does not answer', since: NOW - 40_000 }],
        },
      },
    ],
    [
      "The scheduler's event loop is delayed by 240 ms (99th percentile), so ticks are late.",
      'warning',
      { loopLag: 240 },
    ],
    ['The ledger of ticks did not close 1 time: please report this bug.', 'warning', { ledgerViolations: 1 }],
    [
      'The ledger of ticks did not close 2 times: please report this bug, unless the store of the queue has lost its data (the log says what is missing).',
      'warning',
      { ledgerViolations: 2, timers: [factsOf({}, { scope: 'queue' })] },
    ],
    [
      'The supervisor is stopping.',
      'warning',
      {
        health: {
          live: true,
          ready: false,
          problems: [{ kind: 'supervisor_changing', text: 'the supervisor is stopping' }],
        },
      },
    ],
  ] as const)('the verdict says: %s (%s)', (text, level, situation) => {
    expect(verdictOf({ ...QUIET, ...situation } as Situation, NOW)).toMatchObject({ level, text })
  })

  it.each([
    ['no ticket waits', { waiting: 0, active: 0, oldestSeconds: 0 }],
    ['the instances are busy with other tickets', { waiting: 900, active: 2, oldestSeconds: 600 }],
    ['tickets have just come', { waiting: 3, active: 0, oldestSeconds: 29 }],
  ])('the verdict is silent about a queue when %s', (_, depth) => {
    expect(verdictOf({ ...QUIET, queues: [{ service: 'svc', ...depth }] }, NOW).problems).toEqual([])
  })

  it('while the queue does not work for this instance the verdict says that, and nothing of its tickets', () => {
    const health = { ...HEALTHY, problems: [{ kind: 'queue', text: 'the store does not answer' } as const] }
    const queues = [{ service: 'svc', waiting: 12, active: 0, oldestSeconds: 120 }]
    expect(verdictOf({ ...QUIET, health, queues }, NOW).problems).toMatchObject([{ kind: 'queue' }])
  })

  it('the worst problem comes first, then the older one, and the others are counted', () => {
    const named = (method: string, given: Partial<TimerFacts>) => factsOf(given, { method })
    const verdict = verdictOf(
      {
        ...QUIET,
        timers: [
          named('one', { consecutiveFailures: 1, last: [failedRun(SECOND)] }),
          named('two', { pause: PAUSE }),
          named('three', { consecutiveFailures: 9, last: [failedRun(3 * SECOND)] }),
          named('four', { consecutiveFailures: 9, last: [failedRun(9 * SECOND)] }),
          named('five', { runningSince: NOW - 12 * MINUTE }),
        ],
        threads: [thread({ state: 'restarting' })],
      },
      NOW,
    )
    expect(verdict.text).toBe(
      'svc.five hangs: its run has been in progress for 12 min, since 11:48:00.000Z, and it has no timeout. 4 more problems.',
    )
    expect(verdict.since).toBe(NOW - 12 * MINUTE)
    expect(verdict.problems.map(({ entrypoint, text }) => entrypoint ?? text)).toEqual([
      'svc.five',
      'svc.four',
      'svc.three',
      'Thread 0 of svc is restarting.',
      'svc.one',
      'svc.two',
    ])
  })

  it('a thread that is told of in the health is told once, with its detail', () => {
    const problem = { kind: 'thread', text: 'thread 0 of svc is restarting: it ran out of memory' } as const
    const situation = {
      ...QUIET,
      threads: [thread({ state: 'restarting', problem: 'it ran out of memory' })],
      health: { live: true, ready: false, problems: [problem] },
    }
    expect(verdictOf(situation, NOW).problems).toHaveLength(1)
    // The main thread told of its health, but not of its threads.
    expect(verdictOf({ ...situation, threads: undefined }, NOW).problems).toMatchObject([
      { kind: 'thread', text: 'Thread 0 of svc is restarting: it ran out of memory.' },
    ])
  })
})
