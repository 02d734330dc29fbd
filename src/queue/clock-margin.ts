import type { Micros } from '../kernel/time.js'

/** By how much the clock of an instance may differ from that of a Postgres server. */
export const CLOCK_TOLERANCE: Micros = 500_000

/**
 * How much of the end of a lock its holder does not rely on. On Postgres the locks go by the clocks of instances: that of the holder may
 * be ahead, and that of the instance which looks for lapsed locks behind.
 */
export function clockMarginOf(url: string): Micros {
  return /^postgres(ql)?:/.test(url) ? 2 * CLOCK_TOLERANCE : 0
}
