/**
 * What the holder of a lease is to do next: a pure function of what it knows and what its clocks say.
 *
 *     confirmed     +retry    +2 retry   ...   renewDeadline        0.99 ttl
 *     |--- wait -----|- renew -|- renew --|-----|--- lose ------------|--- lose ---->
 *                                                (unconfirmed)          (expired)
 */

import type { Micros } from '../kernel/time.js'
import { type ClockReading, elapsed, type LeaseTiming, validityOf } from './timing.js'

export interface LeaseTerm {
  readonly epoch: bigint
  /** When the last request that succeeded was sent. */
  readonly confirmed: ClockReading
  /** When the last request was sent, whatever came of it. */
  readonly asked: Micros
}

export type LeaseTermStep =
  | { readonly kind: 'wait'; readonly span: Micros }
  /** Ask the store; no answer `within` that time is a failure. */
  | { readonly kind: 'renew'; readonly within: Micros }
  | { readonly kind: 'lose'; readonly cause: 'unconfirmed' | 'expired' }

/**
 * The clock that saw more time pass counts, so a suspend or a wall clock set forward ends a leaseTerm early. That may be
 * for nothing; to believe the other clock may be to work without a lease.
 */
export function nextStep(timing: LeaseTiming, { confirmed, asked }: LeaseTerm, now: ClockReading): LeaseTermStep {
  const passed = elapsed(confirmed, now)
  if (passed >= validityOf(timing.ttl)) return { kind: 'lose', cause: 'expired' }
  if (passed >= timing.renewDeadline) return { kind: 'lose', cause: 'unconfirmed' }
  const left = Math.ceil(timing.renewDeadline - passed)
  const untilRenewal = asked + timing.retry - now.at
  if (untilRenewal > 0) return { kind: 'wait', span: Math.min(untilRenewal, left) }
  return { kind: 'renew', within: Math.min(timing.retry, left) }
}
