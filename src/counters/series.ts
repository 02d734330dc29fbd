/**
 * Which series of a timer can occur, by its options. The others are not made: they would stay 0 for ever.
 *
 * A timer's lane (`overlap`, `timeout` and so on) is part of its definition, so the definition alone decides.
 */
import type { TimerDefinition } from '../kernel/definitions.js'
import { TICKET_EVENTS, type TicketEvent } from '../kernel/ticket.js'
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
  /** Empty unless the timer has `scope: 'queue'`. */
  readonly tickets: readonly TicketEvent[]
}

/** The options that decide. */
export type SeriesOptions = Pick<
  TimerDefinition,
  'overlap' | 'timeout' | 'hasWhen' | 'retry' | 'breaker' | 'scope' | 'lease' | 'offerLease' | 'window'
>

export function seriesOf(timer: SeriesOptions): TimerSeries {
  return {
    skipped: SKIP_REASONS.filter((reason) => canSkip(reason, timer)),
    runs: OUTCOMES.filter((outcome) => canEnd(outcome, timer)),
    aborts: ABORT_CAUSES.filter((cause) => canAbort(cause, timer)),
    retries: timer.retry.attempts > 1 ? RETRY_RESULTS : [],
    claims: timer.scope === 'cluster' ? CLAIM_RESULTS : [],
    tickets:
      timer.scope === 'queue' ? TICKET_EVENTS.filter((event) => event !== 'busy' || timer.overlap === 'skip') : [],
  }
}

function canSkip(reason: SkipReason, timer: SeriesOptions): boolean {
  const { overlap, window, breaker, lease, offerLease, scope } = timer
  switch (reason) {
    // With `wait` and `replace` a tick that finds its lane full waits.
    case 'running':
      return overlap === 'skip' || (overlap === 'allow' && scope !== 'queue')
    // A ticket that finds no room here goes back to the queue, for another instance.
    case 'saturated':
      return scope !== 'queue' && (overlap === 'skip' || overlap === 'allow')
    case 'outside_window':
      return window !== undefined
    case 'circuit_open':
      return breaker !== false
    // The quarantine cannot be turned off. A ticket in quarantine goes back to the queue, for another instance.
    case 'quarantined':
      return scope !== 'queue'
    case 'not_leader':
      return lease !== undefined || offerLease !== undefined
    case 'claim_unknown':
      return scope === 'cluster' || scope === 'queue'
    case 'claimed_elsewhere':
    case 'claim_refused':
      return scope === 'cluster'
    // A tick of any timer waits while no thread is up.
    case 'superseded':
    case 'missed':
    case 'paused':
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

function canAbort(cause: AbortCause, { timeout, overlap, lease, scope }: SeriesOptions): boolean {
  switch (cause) {
    case 'timeout':
      return timeout !== undefined
    case 'replaced':
      return overlap === 'replace'
    // The lock of a ticket counts as a lease.
    case 'lease_lost':
      return lease !== undefined || scope === 'queue'
    case 'stopping':
    case 'manual':
      return true
  }
}
