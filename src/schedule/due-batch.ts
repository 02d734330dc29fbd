/**
 * Timers that came due, in columns: entry `i` is `payload[i]`, `due[i]`, `missed[i]` and `handle[i]`, for `i < length`.
 *
 * Allocated once and filled anew by every advance, so that a million expiries a second leave no garbage.
 */
import type { TimerHandle } from './timer-slab.js'

export class DueBatch {
  length = 0
  /** What the timer was inserted with. */
  readonly payload: Int32Array
  /** When exactly it was due, in microseconds. */
  readonly due: Float64Array
  /** Of a periodic timer, the later moments that have lapsed as well: `due + k * period`, k = 1 .. missed. */
  readonly missed: Float64Array
  /** Still valid when the timer is periodic, stale when it was not. */
  readonly handle: Float64Array & Record<number, TimerHandle>

  /** @param capacity most entries one advance returns; at least 1. */
  constructor(capacity: number) {
    this.payload = new Int32Array(capacity)
    this.due = new Float64Array(capacity)
    this.missed = new Float64Array(capacity)
    this.handle = new Float64Array(capacity) as typeof this.handle
  }

  get capacity(): number {
    return this.payload.length
  }

  /** Whether more may be due: advance again before sleeping. */
  get isFull(): boolean {
    return this.length === this.payload.length
  }
}
