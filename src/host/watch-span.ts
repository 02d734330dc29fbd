/**
 * How long before a due moment the gate of a thread stops sleeping and watches the clock: as long as the thread's own wake-ups
 * have been late lately.
 *
 * The span is the 95th percentile of the last {@link WINDOW} wake-up errors, and {@link MARGIN} for what runs between the wake-up
 * and the due moment. The percentile is the nearest rank (definition 1 of Hyndman and Fan, "Sample Quantiles in Statistical
 * Packages", 1996) over a sliding window: a ring of the last errors, and a histogram of them with buckets of {@link WIDTH}. An
 * error counts as the upper end of its bucket, so the percentile is at most one width too high and never too low. Estimators
 * without a window (P-square, t-digest) need less memory but forget nothing: a machine that was busy once would count as busy
 * for ever.
 *
 *  1. The span is never less than {@link SHORTEST} and never more than {@link LONGEST}.
 *  2. Only the last {@link WINDOW} errors count.
 *  3. Recording allocates nothing, and its work does not depend on how many errors were recorded before.
 *  4. For an interval the span is at most {@link LARGEST_SHARE} of it, but not less than {@link SHORTEST}.
 */
import type { Micros } from '../kernel/time.js'

export const SHORTEST: Micros = 80
export const LONGEST: Micros = 500
export const MARGIN: Micros = 30
/** Number of wake-ups that count. */
export const WINDOW = 100
/** Of a bucket of the histogram. */
export const WIDTH: Micros = 5
/** Of the interval of a timer: what watching may cost it in processor time. */
export const LARGEST_SHARE = 0.005

/** Parts of the errors that may be above the percentile. */
const EXCEEDING = 0.05

/** The last bucket holds every error that demands the longest span. */
const BUCKETS = Math.ceil((LONGEST - MARGIN) / WIDTH) + 1

export class WatchSpan {
  /** The bucket of each of the last errors; the oldest is overwritten first. */
  readonly #ring = new Uint8Array(WINDOW)
  /** Number of the last errors in each bucket. */
  readonly #counts = new Uint8Array(BUCKETS)
  #recorded = 0
  #next = 0
  #span: Micros = SHORTEST

  /** Records how much later than planned the gate woke up. */
  record(error: Micros): void {
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.ceil(error / WIDTH)))
    if (this.#recorded === WINDOW) this.#counts[this.#ring[this.#next]!]!--
    else this.#recorded++
    this.#ring[this.#next] = bucket
    this.#counts[bucket]!++
    this.#next = (this.#next + 1) % WINDOW
    this.#span = Math.min(LONGEST, Math.max(SHORTEST, this.#percentile() + MARGIN))
  }

  /** The span for a timer with this interval; without bounds for one whose ticks are far apart. */
  spanFor(interval: Micros): Micros {
    return Math.max(SHORTEST, Math.min(this.#span, interval * LARGEST_SHARE))
  }

  #percentile(): Micros {
    const mayExceed = Math.floor(EXCEEDING * this.#recorded)
    let exceeding = 0
    for (let bucket = BUCKETS - 1; bucket > 0; bucket--) {
      exceeding += this.#counts[bucket]!
      if (exceeding > mayExceed) return bucket * WIDTH
    }
    return 0
  }
}
