import type { Micros } from '../kernel/time.js'

/** By how much the clock of an instance may differ from that of a Postgres server: half a second. */
export const CLOCK_TOLERANCE: Micros = 500_000

/**
 * How long before its end a holder stops relying on a lock: 1 s on Postgres, 0 on Redis. On Postgres the holder writes the end by its own
 * clock, which may be slow by the tolerance, and another instance looks for lapsed locks by its clock, which may be fast by as much.
 */
export function clockMarginOf(url: string): Micros {
  return /^postgres(ql)?:/.test(url) ? 2 * CLOCK_TOLERANCE : 0
}
