import type { EndedRun, SkippedTicks } from '../../../src/admin/history/history-store.js'
import { RECENT, type TimerFacts } from '../../../src/admin/views/timer-facts.js'
import type { TimerDefinition } from '../../../src/kernel/definitions.js'
import type { PauseView } from '../../../src/kernel/pause.js'
import { OUTCOMES, SKIP_REASONS } from '../../../src/kernel/vocabulary.js'
import { timerDefinition } from '../../support/timer.js'

/** Monday, noon. */
export const NOW = Date.UTC(2026, 0, 5, 12)
export const SECOND = 1_000
export const MINUTE = 60_000

const none = <Key extends string>(keys: readonly Key[]) =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>

/** The facts of a timer that ticks each second and is well. */
export function factsOf(given: Partial<TimerFacts> = {}, definition: Partial<TimerDefinition> = {}): TimerFacts {
  return {
    index: 0,
    timer: timerDefinition({ schedule: { kind: 'interval', interval: 1_000_000, align: false }, ...definition }),
    pool: 'svc',
    ledger: {
      due: 10,
      taken: 0,
      handedOver: 0,
      returned: 0,
      skipped: none(SKIP_REASONS),
      runs: none(OUTCOMES),
      active: 0,
      pending: 0,
    },
    interval: 1_000_000,
    nextDueAt: NOW + 400,
    lastSuccessAt: NOW - 600,
    noSuccessSince: undefined,
    overdueSince: undefined,
    runningSince: undefined,
    circuit: { state: 'closed' },
    consecutiveFailures: 0,
    pause: undefined,
    holdsLease: undefined,
    handsOver: undefined,
    notOfferedSince: undefined,
    recent: (given.last ?? []).slice(-RECENT),
    last: [],
    ...given,
  }
}

/** A run that was due some time ago. */
export function runDue(ago: number, given: Partial<EndedRun> = {}): EndedRun {
  return {
    entrypoint: 0,
    sequence: 1_000_000 - ago / SECOND,
    dueAt: NOW - ago,
    end: 'run',
    outcome: 'completed',
    cause: undefined,
    attempts: 1,
    startedAfter: 0.05,
    endedAfter: 7.05,
    threadId: 3,
    ...given,
  }
}

/** Ticks that were skipped, the last of them due some time ago. */
export function skippedDue(ago: number, given: Partial<SkippedTicks> = {}): SkippedTicks {
  return {
    entrypoint: 0,
    sequence: 1_000_000 - ago / SECOND,
    dueAt: NOW - ago,
    end: 'skipped',
    reason: 'running',
    count: 1,
    firstDueAt: NOW - ago,
    ...given,
  }
}

export const PAUSE: PauseView = {
  entrypoint: 'svc.work',
  at: NOW - 60 * MINUTE,
  by: 'eva',
  reason: 'moving the database',
  kept: 'instance',
  isKnown: true,
  isSaved: true,
}
