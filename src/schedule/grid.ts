/**
 * Due moments at equal distances: `anchor + k * interval`, k = 1, 2, 3 ...
 *
 * Whole microseconds below 2^53, so every due moment is exact and nothing drifts. The wall clock has no say: a grid
 * stays where it is when the wall clock is set, and through changed clocks. Every operation takes constant time.
 *
 *     anchor      1           2           3           4
 *        |-----------|-----------|-----------|-----------|---->
 *                    <-interval->
 */
import { InternalError } from '../kernel/errors.js'
import { type Micros, type Millis, microsFromMillis, millisFromMicros, wallTimeOf } from '../kernel/time.js'
import { type Cadence, type Due, KEPT, type Lapse, type Moment } from './cadence.js'

/**
 * A grid from a moment on. For an adaptive timer, make a new one from its last due moment with the interval its
 * function gave at the end of the run: the numbers go on, and nothing drifts either.
 *
 * @throws InternalError unless the interval is a whole number of microseconds above 0.
 */
export function gridFrom(anchor: Moment, interval: Micros): Cadence {
  return new Grid(anchor, interval)
}

/**
 * The grid of the multiples of the interval since the Unix epoch: processes that never spoke to each other agree on it,
 * and name its ticks alike, to the accuracy of `wallAt` of the start (Date.now() is up to 1 ms behind: such a tick is
 * up to 1 ms late, never early).
 *
 * It is laid where the wall clock has the multiples at the start, and stays there. When the wall clock is set by x, its
 * ticks come x beside the multiples from then on (and keep their names). To lay it anew, call this again with a moment
 * of then, numbered like the last due moment.
 */
export function alignedGrid(start: Moment, interval: Micros): Cadence {
  const epochTime = microsFromMillis(start.wallAt)
  const sinceMultiple = epochTime % interval
  const anchor = { ...start, at: start.at - sinceMultiple }
  return new Grid(anchor, interval, epochTime - sinceMultiple)
}

class Grid implements Cadence {
  readonly #anchor: Moment
  readonly #interval: number
  /** Microseconds from the Unix epoch to the anchor by the wall clock of the start; only for an aligned grid. */
  readonly #epochTime: number | undefined

  constructor(anchor: Moment, interval: Micros, epochTime?: number) {
    if (!Number.isSafeInteger(interval) || interval < 1) {
      throw new InternalError(`a grid needs a whole number of microseconds above 0, got ${interval}`)
    }
    this.#anchor = anchor
    this.#interval = interval
    this.#epochTime = epochTime
  }

  after(moment: Moment, now: Micros, wallNow: Millis): Due {
    return this.#due(moment.sequence + 1, now, wallNow)
  }

  lapsed(due: Due, now: Micros, wallNow: Millis): Lapse {
    const elapsed = now - this.#anchor.at
    // Subtracting the remainder first keeps the division exact.
    const passed = this.#anchor.sequence + (elapsed - (elapsed % this.#interval)) / this.#interval
    const last = Math.max(due.sequence, passed)
    const count = last - due.sequence + 1
    if (count === 1) return { count, latest: [due] }
    const latest: Due[] = []
    for (let sequence = last - Math.min(count, KEPT) + 1; sequence <= last; sequence++) {
      latest.push(sequence === due.sequence ? due : this.#due(sequence, now, wallNow))
    }
    return { count, latest }
  }

  retime(due: Due): Due {
    return due
  }

  #due(sequence: number, now: Micros, wallNow: Millis): Due {
    const distance = (sequence - this.#anchor.sequence) * this.#interval
    const at = this.#anchor.at + distance
    const wallAt =
      this.#epochTime === undefined ? wallTimeOf(at, now, wallNow) : millisFromMicros(this.#epochTime + distance)
    return { sequence, at, wallAt, period: this.#interval }
  }
}
