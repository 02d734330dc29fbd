/**
 * Which series of a timer can occur, by its options. The others are not made: they would stay 0 for ever.
 *
 * A timer's lane (`overlap`, `timeout` and so on) is part of its definition, so the definition alone decides.
 */
import type { TimerDefinition } from '../kernel/definitions.js'
import {
  ABORT_CAUSES,
  type AbortCause,
  CLAIM_RESULTS,
  type ClaimResult,
  OUTCOMES,
  type Outcome,
  RETRY_RESULTS,
  type RetryResult,
  SKIP_REASONS,
  type SkipReason,
} from '../kernel/vocabulary.js'

export interface TimerSeries {
  readonly skipped: readonly SkipReason[]
  readonly runs: readonly Outcome[]
  readonly aborts: readonly AbortCause[]
  readonly retries: readonly RetryResult[]
  readonly claims: readonly ClaimResult[]
}

/** The options that decide. */
export type SeriesOptions = Pick<
  TimerDefinition,
  'overlap' | 'timeout' | 'hasWhen' | 'retry' | 'breaker' | 'scope' | 'lease' | 'window'
>

export function seriesOf(timer: SeriesOptions): TimerSeries {
  return {
    skipped: SKIP_REASONS.filter((reason) => canSkip(reason, timer)),
    runs: OUTCOMES.filter((outcome) => canEnd(outcome, timer)),
    aborts: ABORT_CAUSES.filter((cause) => canAbort(cause, timer)),
    retries: timer.retry.attempts > 1 ? RETRY_RESULTS : [],
    claims: timer.scope === 'cluster' ? CLAIM_RESULTS : [],
  }
}

function canSkip(reason: SkipReason, { overlap, window, breaker, lease, scope }: SeriesOptions): boolean {
  switch (reason) {
    // With `wait` and `replace` a tick that finds its lane full waits.
    case 'running':
    case 'saturated':
      return overlap === 'skip' || overlap === 'allow'
    case 'outside_window':
      return window !== undefined
    // The quarantine cannot be turned off.
    case 'circuit_open':
      return breaker !== false
    case 'not_leader':
      return lease !== undefined
    case 'claimed_elsewhere':
    case 'claim_unknown':
    case 'claim_refused':
      return scope === 'cluster'
    // A tick of any timer waits while no thread is up.
    case 'superseded':
    case 'missed':
    case 'paused':
    case 'quarantined':
    case 'stopping':
      return true
  }
}

function canEnd(outcome: Outcome, { timeout, hasWhen }: SeriesOptions): boolean {
  switch (outcome) {
    case 'timed_out':
      return timeout !== undefined
    case 'declined':
      return hasWhen
    case 'completed':
    case 'failed':
    case 'aborted':
    case 'crashed':
      return true
  }
}

function canAbort(cause: AbortCause, { timeout, overlap, lease }: SeriesOptions): boolean {
  switch (cause) {
    case 'timeout':
      return timeout !== undefined
    case 'replaced':
      return overlap === 'replace'
    case 'lease_lost':
      return lease !== undefined
    case 'stopping':
    case 'manual':
      return true
  }
}
