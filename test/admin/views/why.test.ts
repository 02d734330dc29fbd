import { describe, expect, it } from 'vitest'
import type { EndedTick, RunText } from '../../../src/admin/history/history-store.js'
import type { TimerFacts } from '../../../src/admin/views/timer-facts.js'
import { type WhySources, whyOf } from '../../../src/admin/views/why.js'
import type { TimerDefinition } from '../../../src/kernel/definitions.js'
import type { ThreadView } from '../../../src/kernel/view.js'
import type { AbortCause, Outcome, SkipReason } from '../../../src/kernel/vocabulary.js'
import { factsOf, MINUTE, NOW, PAUSE, runDue, SECOND, skippedDue } from './facts.js'

const BREAKER = { failures: 5, reset: 30_000_000, factor: 2, max: 600_000_000 }
const WINDOW = { days: ['tue'], fromMinute: 540, toMinute: 1_020, timezone: 'UTC' } as const

function why(given: Partial<WhySources> & { readonly facts: TimerFacts }): readonly string[] {
  return whyOf(
    {
      ticks: [],
      threads: [],
      health: { live: true, ready: true, problems: [] },
      nextInWindow: undefined,
      lastError: undefined,
      evidence: { changes: [], runs: [] },
      ...given,
    },
    NOW,
  ).sentences
}

/** The sentence about one tick. */
function sentence(
  tick: EndedTick,
  facts: Partial<TimerFacts> = {},
  definition: Partial<TimerDefinition> = {},
  text?: RunText,
): string {
  return why({ facts: factsOf({ last: [tick], ...facts }, definition), ticks: [{ tick, text }] })[1]!
}

describe('why a tick was skipped', () => {
  const before = runDue(12_000, { startedAfter: 0, endedAfter: 11_500 })
  const SENTENCES: Readonly<Record<SkipReason, readonly [string, Partial<TimerFacts>, Partial<TimerDefinition>?]>> = {
    running: [
      'the run that began at 11:59:48.000Z had been running for 11 s; its timeout is 15 s.',
      { last: [before, skippedDue(SECOND)] },
      { timeout: 15_000_000 },
    ],
    missed: [
      'it could not start within its start deadline of 1 s: the scheduler was stalled or suspended, or no thread was free.',
      {},
    ],
    saturated: ['no thread of the pool svc was free, and an earlier tick was still waiting to start.', {}],
    paused: ['it is paused by eva since 11:00:00.000Z.', { pause: PAUSE }],
    outside_window: ['it was due outside its window, tue 09:00-17:00 (UTC).', {}, { window: WINDOW }],
    circuit_open: ['its circuit was open, because its runs had failed, or the probe had not ended.', {}],
    quarantined: ['it was in quarantine, because it had crashed its thread too often, or the probe had not ended.', {}],
    not_leader: ['this instance did not hold the lease reports.', {}, { lease: 'reports', scope: 'leader' }],
    claimed_elsewhere: ['another instance ran it.', {}],
    claim_unknown: [
      'the coordination store did not say whether this instance may run it, and to run it twice would be worse.',
      {},
    ],
    claim_refused: ['the coordination store refused to let this instance run it.', {}],
    superseded: ['a newer tick took its place while it waited for its turn.', {}],
    stopping: ['the supervisor was stopping.', {}],
  }

  it.each(Object.entries(SENTENCES))('skipped as %s: %s', (reason, [expected, facts, definition]) => {
    const tick = skippedDue(SECOND, { reason: reason as SkipReason })
    expect(sentence(tick, facts, definition)).toBe(`The tick due at 11:59:59.000Z was skipped (${reason}): ${expected}`)
  })

  it('a tick that was skipped behind a run that is still in progress tells since when that runs', () => {
    const text = sentence(skippedDue(SECOND), { runningSince: NOW - 3_100 }, { timeout: 5_000_000 })
    expect(text).toBe(
      'The tick due at 11:59:59.000Z was skipped (running): the run that began at 11:59:56.900Z had been running for 2.1 s; its timeout is 5 s.',
    )
  })

  it('a tick that was skipped behind a run that is not known any more says what it can', () => {
    expect(sentence(skippedDue(SECOND))).toContain('the run before had not ended; it has no timeout')
  })

  it('a pause that has ended meanwhile, or began later, is not blamed on who paused it last', () => {
    const later = { ...PAUSE, at: NOW - 100 }
    expect(sentence(skippedDue(SECOND, { reason: 'paused' }), { pause: later })).toContain('it was paused then')
    expect(sentence(skippedDue(SECOND, { reason: 'paused' }))).toContain('it was paused then')
  })

  it('ticks that were skipped together are one sentence, and a tick of another day has its date', () => {
    const many = skippedDue(SECOND, { reason: 'stopping', count: 19, firstDueAt: NOW - 19 * SECOND })
    expect(sentence(many)).toBe(
      'The 19 ticks due from 11:59:41.000Z to 11:59:59.000Z were skipped (stopping): the supervisor was stopping.',
    )
    expect(sentence(skippedDue(13 * 60 * MINUTE, { reason: 'stopping', count: 3 }))).toMatch(
      /^3 ticks, the last due at 2026-01-04 23:00:00.000Z, were skipped/,
    )
  })
})

describe('how a run ended', () => {
  const SENTENCES: Readonly<Record<Outcome, string>> = {
    completed: 'started 0.05 ms late and completed after 7 ms.',
    failed: 'started 0.05 ms late and failed after 7 ms.',
    timed_out: 'started 0.05 ms late and was aborted because it took longer than its timeout, and ended after 7 ms.',
    aborted: 'started 0.05 ms late and was aborted, and ended after 7 ms.',
    crashed: 'started 0.05 ms late and crashed after 7 ms: its thread 3 ended.',
    declined: 'started 0.05 ms late and did not call the method: its `when` function said no.',
  }

  it.each(Object.entries(SENTENCES))('%s: %s', (outcome, expected) => {
    expect(sentence(runDue(SECOND, { outcome: outcome as Outcome }))).toBe(
      `The run of the tick due at 11:59:59.000Z ${expected}`,
    )
  })

  const CAUSES: Readonly<Record<AbortCause, string>> = {
    timeout: 'it took longer than its timeout',
    replaced: 'a newer tick replaced it (overlap: replace)',
    lease_lost: 'this instance lost the lease',
    stopping: 'the supervisor was stopping',
    manual: 'somebody asked for that',
  }

  it.each(Object.entries(CAUSES))('aborted (%s): %s', (cause, expected) => {
    const tick = runDue(SECOND, { outcome: 'aborted', cause: cause as AbortCause, startedAfter: undefined })
    expect(sentence(tick)).toBe(
      `The run of the tick due at 11:59:59.000Z was aborted because ${expected} before its method was called.`,
    )
  })

  it('a run that failed in its last attempt tells the attempt and the first line of the error', () => {
    const retry = { attempts: 3, backoff: { initial: 1, factor: 2, max: 9, jitter: 0 } }
    const text = { error: { name: 'TypeError', message: 'no rows\nin the table' }, lines: [] }
    expect(sentence(runDue(SECOND, { outcome: 'failed', attempts: 3 }), {}, { retry }, text)).toBe(
      'The run of the tick due at 11:59:59.000Z started 0.05 ms late and failed after 7 ms in attempt 3 of 3: TypeError: no rows.',
    )
  })

  it('a run that was triggered by hand says so', () => {
    expect(sentence(runDue(SECOND, { sequence: -1 }))).toMatch(
      /^The run of the tick triggered by hand at 11:59:59.000Z started/,
    )
  })
})

describe('why a timer is, or is not, running now', () => {
  const first = (
    facts: Partial<TimerFacts>,
    definition: Partial<TimerDefinition> = {},
    more: Partial<WhySources> = {},
  ) => why({ facts: factsOf(facts, definition), ...more })[0]
  const thread = (state: ThreadView['state'], problem?: string): ThreadView => ({
    pool: 'svc',
    services: ['svc'],
    slot: 0,
    restarts: 2,
    state,
    ...(problem && { problem }),
  })

  it.each<[string, Partial<TimerFacts>, Partial<TimerDefinition>?, Partial<WhySources>?]>([
    ['svc.work is not running at the moment. It is next due at 12:00:00.400Z, in 400 ms.', {}],
    [
      'svc.work does not run: it is paused by eva since 11:00:00.000Z (moving the database), until somebody resumes it.',
      { pause: PAUSE, runningSince: NOW - 10 },
    ],
    [
      'svc.work is quarantined until 12:00:30.000Z, because it has crashed its thread too often.',
      { circuit: { state: 'open', reason: 'quarantined', until: NOW + 30_000 } },
    ],
    [
      'svc.work does not run until 12:01:00.000Z: its circuit is open after 5 failures in a row. It last completed at 11:59:59.400Z, 600 ms ago. A run that fails is not tried again. Then one tick runs as a probe: if it completes, all ticks run again; if not, they are skipped 2 times as long, for 10 m at most.',
      { consecutiveFailures: 5, circuit: { state: 'open', reason: 'circuit_open', until: NOW + 60_000 } },
      { breaker: BREAKER },
    ],
    [
      'svc.work is running: its run has been in progress for 2.1 s, since 11:59:57.900Z; its timeout is 5 s.',
      { runningSince: NOW - 2_100 },
      { timeout: 5_000_000 },
    ],
    [
      'svc.work hangs: its run has been in progress for 12 min, since 11:48:00.000Z, and it has no timeout. Nothing ends it but a command: escapement abort svc.work. A timeout would end such runs. It last completed at 11:59:59.400Z, 600 ms ago.',
      { runningSince: NOW - 12 * MINUTE },
    ],
    [
      'svc.work does not run: its thread is restarting (it ran out of memory), and its ticks wait for it.',
      {},
      {},
      { threads: [thread('restarting', 'it ran out of memory')] },
    ],
    [
      'svc.work does not run here: this instance does not hold the lease reports, so another one runs it, or none has the lease.',
      { holdsLease: false },
      { lease: 'reports', scope: 'leader' },
    ],
    [
      'svc.work hands no tick over to the queue here: this instance does not hold the lease svc/queue, so another one does that, or none has the lease; with escapement.queue.offer: false it never holds it. No ticket that it has taken is running at the moment.',
      { handsOver: false },
      { offerLease: 'svc/queue', scope: 'queue' },
    ],
    [
      'svc.work is handed over to the queue by no instance: none has held the lease svc/queue since 11:59:00.000Z, and this one never does (escapement.queue.offer is false); start an instance with escapement.queue.offer: true. A ticket that it has taken waits for a thread.',
      { handsOver: false, notOfferedSince: NOW - 60_000, ledger: { ...factsOf().ledger, pending: 1 } },
      { offerLease: 'svc/queue', scope: 'queue' },
    ],
    [
      'svc.work is running: its run has been in progress for 2.1 s, since 11:59:57.900Z; it has no timeout.',
      { handsOver: false, runningSince: NOW - 2_100 },
      { offerLease: 'svc/queue', scope: 'queue' },
    ],
    [
      'svc.work is not running at the moment. It is next due at 12:00:00.400Z, in 400 ms.',
      { handsOver: true },
      { offerLease: 'svc/queue', scope: 'queue' },
    ],
    [
      'svc.work does not run: it is outside its window, tue 09:00-17:00 (UTC). It is next due at 2026-01-06 09:00:00.000Z, in 21 h.',
      {},
      { window: WINDOW },
      { nextInWindow: Date.UTC(2026, 0, 6, 9) },
    ],
    [
      'svc.work has a tick that waits for its turn, for a thread, or for a claim.',
      { ledger: { ...factsOf().ledger, pending: 1 } },
    ],
    ['svc.work does not run: no tick of it is due any more.', { nextDueAt: undefined }],
    [
      'svc.work is not running at the moment. It was due at 11:59:58.000Z and is late by 2 s.',
      { nextDueAt: NOW - 2_000 },
    ],
    [
      'svc.work failed in its last run at 11:59:59.000Z. It last completed at 11:59:59.400Z, 600 ms ago. A run that fails is not tried again, and each tick runs it anew: it has no breaker. svc.work is not running at the moment. It is next due at 12:00:00.400Z, in 400 ms.',
      { consecutiveFailures: 1, last: [runDue(SECOND, { outcome: 'failed' })] },
    ],
    [
      'svc.work does not run: the main thread has not answered for 5s.',
      { pause: PAUSE },
      {},
      {
        health: {
          live: false,
          ready: false,
          problems: [{ kind: 'main_thread_silent', text: 'the main thread has not answered for 5s' }],
        },
      },
    ],
  ])('%s', (expected, facts, definition, more) => {
    expect(first(facts, definition, more)).toBe(expected)
  })

  it('a timer with one thread of several left still runs', () => {
    expect(first({}, {}, { threads: [thread('restarting'), { ...thread('idle'), slot: 1 }] })).toContain('next due')
  })

  it('the last ten ticks are explained, newest first', () => {
    const ticks = Array.from({ length: 14 }, (_, at) => ({ tick: runDue((at + 1) * SECOND), text: undefined }))
    const sentences = why({ facts: factsOf(), ticks })
    expect(sentences).toHaveLength(11)
    expect(sentences[1]).toContain('11:59:59.000Z')
  })
})
