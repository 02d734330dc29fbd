/**
 * Jitter that can be computed again: a tick of an entrypoint is delayed by the same offset in every process and after
 * every restart. So nothing has to be stored, and the due moment of a late tick is known.
 */
import { hashOf } from '../kernel/hash.js'
import type { Micros } from '../kernel/time.js'

/**
 * By how much a tick is delayed: at least 0, less than `jitter`, and less than `period`, so that it stays before the next
 * due moment. Whole microseconds, evenly spread (above 71 minutes in steps of several microseconds).
 *
 * @param tick the sequence number; for a timer that processes share, the due moment on the wall clock, because each
 * process numbers its ticks from its own start.
 */
export function jitterOffset(entrypoint: string, tick: number, jitter: Micros, period: Micros): Micros {
  const span = Math.min(jitter, period)
  return Math.floor((hashOf(entrypoint, tick) / 2 ** 32) * span)
}
