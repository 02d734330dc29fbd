/**
 * When a cron expression occurs in a time zone: converts the local times of its calendar to instants.
 *
 * For days on which the clocks change, Debian cron's rule holds. A fixed-time expression (`30 2 * * *`, see
 * {@link CronCalendar.isFixedTime}) occurs once a day whatever the clocks do; a wildcard expression (every quarter of an
 * hour) follows the time that really passes:
 *
 *     in a gap    a fixed time occurs once, at the end of the gap; times of a wildcard expression do not occur
 *     in a fold   a fixed time occurs the first time only; times of a wildcard expression occur both times
 *
 * So an expression for every quarter of an hour has neither an hour without occurrences nor a burst. A wildcard expression
 * with a fixed hour (`* 2 * * *`) does not occur on the day on which that hour is in a gap. On a date that a zone left out
 * as a whole (Apia, 30 December 2011), fixed times do not occur.
 */
import type { CronCalendar, LocalMillis } from '../kernel/cron/calendar.js'
import { parseCron } from '../kernel/cron/calendar.js'
import { InternalError } from '../kernel/errors.js'
import type { Millis } from '../kernel/time.js'
import { changeBetween, DAY, locate, type Zone, zoneOf } from './zone.js'

/** How far the search goes. The limit also keeps every due moment within the range of exact microseconds. */
export const HORIZON: Millis = 100 * 365.25 * DAY

export class Occurrences {
  readonly #expression: string
  readonly #calendar: CronCalendar
  readonly #zone: Zone

  /** @throws DefinitionError for a malformed expression, RangeError for an unknown time zone. */
  constructor(expression: string, timezone?: string) {
    this.#expression = expression
    this.#calendar = parseCron(expression)
    this.#zone = zoneOf(timezone)
  }

  /** The expression names times of day; otherwise it recurs. */
  get isFixedTime(): boolean {
    return this.#calendar.isFixedTime
  }

  /** The first occurrence strictly later than `after`; undefined when there is none within 100 years. About 10 µs. */
  next(after: Millis): Millis | undefined {
    const next = this.#calendar.isFixedTime ? this.#search(after) : this.#nextOfWildcard(after)
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
   * The local times of a fold pass twice, and an occurrence of the second pass may come before the next local time of the
   * calendar. So when the clocks change within a day, the search also starts from the change.
   */
  #nextOfWildcard(after: Millis): Millis | undefined {
    const next = this.#search(after)
    const change = changeBetween(this.#zone, after, after + DAY)
    if (change === undefined || (next !== undefined && next < change)) return next
    const afterChange = this.#search(change - 1, this.#localAt(change) - 1)
    return next === undefined || afterChange === undefined ? (next ?? afterChange) : Math.min(next, afterChange)
  }

  /** The first instant after `after` that one of the calendar's local times after `local` stands for. */
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
          // Skips to the end of the gap: croner would step through it second by second.
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
