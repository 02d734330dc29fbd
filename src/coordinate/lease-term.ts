/**
 * Decides what the holder of a lease does next: a pure function of its last confirmation and its clocks.
 *
 *     confirmed     +retry    +2 retry   ...   renewDeadline        0.99 ttl
 *     |--- wait -----|- renew -|- renew --|-----|--- lose ------------|--- lose ---->
 *                                                (unconfirmed)          (expired)
 */

import type { Micros } from '../kernel/time.js'
import { type ClockReading, elapsed, type LeaseTiming, validityOf } from './timing.js'

/** The time for which a process holds a lease under one epoch. */
export interface LeaseTerm {
  readonly epoch: bigint
  /** When the last successful request was sent. */
  readonly confirmed: ClockReading
  /** When the last request was sent, whether it succeeded or not. */
  readonly lastRequestAt: Micros
}

export type LeaseTermStep =
  | { readonly kind: 'wait'; readonly span: Micros }
  /** Ask the store to renew; no answer `within` that time is a failure. */
  | { readonly kind: 'renew'; readonly within: Micros }
  | { readonly kind: 'lose'; readonly cause: 'unconfirmed' | 'expired' }

/**
 * The clock that measured more elapsed time counts, so a suspend or a wall clock that is set forward ends a term early.
 * That may be needless; to trust the other clock could mean to work without a lease.
 */
export function nextStep(
  timing: LeaseTiming,
  { confirmed, lastRequestAt }: LeaseTerm,
  now: ClockReading,
): LeaseTermStep {
  const passed = elapsed(confirmed, now)
  if (passed >= validityOf(timing.ttl)) return { kind: 'lose', cause: 'expired' }
  if (passed >= timing.renewDeadline) return { kind: 'lose', cause: 'unconfirmed' }
  const left = Math.ceil(timing.renewDeadline - passed)
  const untilRenewal = lastRequestAt + timing.retry - now.at
  if (untilRenewal > 0) return { kind: 'wait', span: Math.min(untilRenewal, left) }
  return { kind: 'renew', within: Math.min(timing.retry, left) }
}
