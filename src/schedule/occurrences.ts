/**
 * When a cron expression occurs in a time zone: the calendar's local times, put in their place on the wall clock.
 *
 * The rule for changed clocks is Debian cron's. An appointment (`30 2 * * *`, {@link CronCalendar.isFixedTime}) is kept
 * once a day whatever the clocks do; a rhythm (every quarter of an hour) follows the time that really passes:
 *
 *     in a gap    an appointment occurs once, when the gap ends; times of a rhythm are left out
 *     in a fold   an appointment occurs the first time only; times of a rhythm occur both times
 *
 * So a quarter-hourly rhythm has neither a silent hour nor a burst. A rhythm whose hour is fixed (`* 2 * * *`) is
 * silent on the day that hour is left out. A day that is left out as a whole (Apia, 30 December 2011) has no
 * appointments.
 */
import type { CronCalendar, LocalMillis } from '../kernel/cron-expression.js'
import { parseCron } from '../kernel/cron-expression.js'
import { InternalError } from '../kernel/errors.js'
import type { Millis } from '../kernel/time.js'
import { changeBetween, DAY, locate, type Zone, zoneOf } from './zone.js'

/** How far the search goes: bounds it, and keeps every due moment well inside exact microseconds. */
export const HORIZON: Millis = 100 * 365.25 * DAY

export class Occurrences {
  readonly #expression: string
  readonly #calendar: CronCalendar
  readonly #zone: Zone

  /** @throws DefinitionError when the expression is not well-formed, RangeError when there is no such time zone. */
  constructor(expression: string, timezone?: string) {
    this.#expression = expression
    this.#calendar = parseCron(expression)
    this.#zone = zoneOf(timezone)
  }

  /** The first occurrence strictly later than `after`; undefined when there is none within 100 years. About 10 µs. */
  next(after: Millis): Millis | undefined {
    const next = this.#calendar.isFixedTime ? this.#search(after) : this.#nextBeat(after)
    if (next !== undefined && !(next > after)) {
      throw new InternalError(`${this.#expression} should occur after ${after}, but was found at ${next}`)
    }
    return next
  }

  /** The last occurrence in (after, until], by bisection; undefined when there is none. */
  last(after: Millis, until: Millis): Millis | undefined {
    let last: Millis | undefined
    let low = after
    let high = until
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2)
      const next = this.next(middle)
      if (next === undefined || next > until) {
        high = middle
      } else {
        last = next
        low = next
      }
    }
    return last
  }

  /**
   * A rhythm goes back with the clocks: what the second pass through a fold brings may come before what the calendar
   * says is next, so where the clocks are about to change the search is made from there too.
   */
  #nextBeat(after: Millis): Millis | undefined {
    const next = this.#search(after)
    const change = changeBetween(this.#zone, after, after + DAY)
    if (change === undefined || (next !== undefined && next < change)) return next
    const afterChange = this.#search(change - 1, this.#localAt(change) - 1)
    return next === undefined || afterChange === undefined ? (next ?? afterChange) : Math.min(next, afterChange)
  }

  /** The first instant after `after` among those of the calendar's local times after `local`. */
  #search(after: Millis, local: LocalMillis = this.#localAt(after)): Millis | undefined {
    const farthest = local + HORIZON
    for (let time = this.#calendar.next(local); time !== undefined && time <= farthest; ) {
      const place = locate(this.#zone, time)
      switch (place.comes) {
        case 'once':
          return place.at
        case 'twice':
          if (place.first > after) return place.first
          if (!this.#calendar.isFixedTime) return place.second
          break
        case 'never':
          if (this.#calendar.isFixedTime && place.length < DAY) return place.end
          // Straight to the end of the gap: stepping through it would take as long as croner does.
          time = this.#localAt(place.end) - 1
      }
      time = this.#calendar.next(time)
    }
    return undefined
  }

  #localAt(instant: Millis): LocalMillis {
    return instant + this.#zone.offsetAt(instant)
  }
}
