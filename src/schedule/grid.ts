/**
 * Due moments at equal distances: `anchor + k * interval`, k = 1, 2, 3 ...
 *
 * All numbers are whole microseconds below 2^53, so every due moment is exact and nothing drifts. A grid lies on the
 * monotonic clock: it stays where it is when the wall clock is set. Every operation takes constant time.
 *
 *     anchor      1           2           3           4
 *        |-----------|-----------|-----------|-----------|---->
 *                    <-interval->
 */
import type { IntervalSchedule } from '../kernel/definitions.js'
import { InternalError } from '../kernel/errors.js'
import { type Micros, type Millis, microsFromMillis, millisFromMicros, wallTimeOf } from '../kernel/time.js'
import { type Cadence, type Due, KEPT, type Lapse, type Moment } from './cadence.js'

/** The grid of an interval timer that starts at a moment. With a shift, its first due moment is the start and the shift. */
export function gridOf({ interval, align, shift = 0 }: IntervalSchedule, start: Moment): Cadence {
  if (align) return alignedGrid(start, interval, shift)
  return gridFrom(shift === 0 ? start : { ...start, mono: start.mono + shift - interval }, interval)
}

/**
 * A grid that starts at a moment. When an adaptive timer gets a new interval, its new grid starts at its last due moment:
 * sequence numbers continue, and nothing drifts.
 *
 * @throws InternalError unless the interval is a whole number of microseconds above 0.
 */
export function gridFrom(anchor: Moment, interval: Micros): Cadence {
  return new Grid(anchor, interval)
}

/**
 * The grid of the multiples of the interval since the Unix epoch, each later by `shift`. Processes that never communicate agree on it and name
 * its ticks alike, as exactly as `start.wall` is (Date.now() is up to 1 ms behind: such a tick is up to 1 ms late, never
 * early).
 *
 * The multiples are placed on the monotonic clock by the two clocks at the start, and stay there. When the wall clock is
 * set by x, later ticks are x away from the multiples (and keep their names); call this again, with a moment of then
 * that has the sequence number of the last due moment, to place them anew.
 */
export function alignedGrid(start: Moment, interval: Micros, shift: Micros = 0): Cadence {
  const epochTime = microsFromMillis(start.wall)
  const sinceMultiple = (epochTime - shift) % interval
  const anchor = { ...start, mono: start.mono - sinceMultiple }
  return new Grid(anchor, interval, epochTime - sinceMultiple)
}

class Grid implements Cadence {
  readonly #anchor: Moment
  readonly #interval: number
  /** Microseconds from the Unix epoch to the anchor, by the wall clock at the start; only for an aligned grid. */
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
    const elapsed = now - this.#anchor.mono
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
    const mono = this.#anchor.mono + distance
    const wall =
      this.#epochTime === undefined ? wallTimeOf(mono, now, wallNow) : millisFromMicros(this.#epochTime + distance)
    return { sequence, mono, wall, period: this.#interval }
  }
}
