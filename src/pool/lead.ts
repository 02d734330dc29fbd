/**
 * How long before its due moment a tick is handed to one thread: the lead of the thread.
 *
 *   short -- more than 2 of the last 100 gated ticks were tight --> long
 *   long -- 500 gated ticks in a row were not tight --> short
 *
 * A gated tick is one that was handed over early while no other run was in progress on its thread. It is tight when it reached the
 * gate less than {@link TIGHT} before its due moment, or after it: the wake-up of the main thread and that of the worker had to wait
 * for the kernel.
 *
 *  1. The lead is {@link SHORT_LEAD} or {@link LONG_LEAD}, and short at first. A longer lead than needed lets the processor
 *     sleep longer, and the median tick starts later.
 *  2. Fewer than 3 tight ticks never make the lead long, and 3 among 100 always do.
 *  3. A tight tick while the lead is long starts the count to 500 anew.
 *  4. What came before a change of the lead does not count after it.
 */
import type { Micros } from '../kernel/time.js'

export const SHORT_LEAD: Micros = 2_500
export const LONG_LEAD: Micros = 6_000
export const TIGHT: Micros = 300

const WINDOW = 100
/** Of {@link WINDOW}. */
const MOST_TIGHT = 2
const TICKS_WITHOUT = 500

export class Lead {
  #isLong = false
  /** Gated ticks since the lead was changed; while it is long, since the last tight one. */
  #ticks = 0
  /** The numbers of the last tight ticks, oldest first; while the lead is short. */
  readonly #tight: number[] = []

  get micros(): Micros {
    return this.#isLong ? LONG_LEAD : SHORT_LEAD
  }

  /** A gated tick reached the gate `margin` before its due moment. */
  reached(margin: Micros): void {
    const isTight = margin < TIGHT
    this.#ticks++
    if (this.#isLong) {
      if (isTight) this.#ticks = 0
      else if (this.#ticks === TICKS_WITHOUT) this.#change(false)
    } else if (isTight) {
      this.#tight.push(this.#ticks)
      if (this.#tight.length > MOST_TIGHT && this.#ticks - this.#tight.shift()! < WINDOW) this.#change(true)
    }
  }

  #change(isLong: boolean): void {
    this.#isLong = isLong
    this.#ticks = 0
    this.#tight.length = 0
  }
}
