/**
 * The moments `from + k * step`, k = 0, 1, 2 ..., of the wall clock.
 *
 * Steps of days are days of the calendar: every moment has the local time of `from`, whatever the clocks do. On days on
 * which they change, the rule for fixed times of cron holds:
 *
 *     in a gap    the moment is at the end of the gap; on a date that the zone left out there is none
 *     in a fold   the moment is the first of the two
 *
 * A step of another unit is a span of time that really passes, counted from the instant of `from`.
 */
import type { LocalMillis } from '../kernel/cron/calendar.js'
import type { AnchoredSchedule } from '../kernel/definitions.js'
import { type Micros, type Millis, microsFromMillis, millisFromMicros } from '../kernel/time.js'
import type { WallTimes } from './wall-cadence.js'
import { DAY, type Location, locate, type Zone, zoneOf } from './zone.js'

export function anchoredTimes({ from, step, timezone }: AnchoredSchedule): WallTimes {
  const zone = zoneOf(timezone)
  const local = Date.parse(`${from}Z`)
  return 'days' in step ? new DaySteps(zone, local, step.days * DAY) : new SpanSteps(startOf(zone, local), step.span)
}

class DaySteps implements WallTimes {
  readonly isFixedTime = true
  readonly #zone: Zone
  readonly #from: LocalMillis
  /** Between two local times. */
  readonly #step: Millis

  constructor(zone: Zone, from: LocalMillis, step: Millis) {
    this.#zone = zone
    this.#from = from
    this.#step = step
  }

  next(after: Millis): Millis {
    // In the second pass of a fold the next local time may have come already.
    for (let k = Math.max(0, this.#count(after) + 1); ; k++) {
      const at = this.#at(k)
      if (at !== undefined && at > after) return at
    }
  }

  last(after: Millis, until: Millis): Millis | undefined {
    // In the second pass of a fold a later local time may have come already.
    for (let k = this.#count(until + DAY); k >= 0; k--) {
      const at = this.#at(k)
      if (at === undefined || at > until) continue
      return at > after ? at : undefined
    }
    return undefined
  }

  /** How many whole steps the local time of an instant is after `from`. */
  #count(instant: Millis): number {
    return Math.floor((instant + this.#zone.offsetAt(instant) - this.#from) / this.#step)
  }

  #at(k: number): Millis | undefined {
    const place = locate(this.#zone, this.#from + k * this.#step)
    return place.comes === 'never' && place.length >= DAY ? undefined : instantOf(place)
  }
}

class SpanSteps implements WallTimes {
  readonly isFixedTime = false
  readonly #from: Micros
  readonly #step: Micros

  constructor(from: Millis, step: Micros) {
    this.#from = microsFromMillis(from)
    this.#step = step
  }

  next(after: Millis): Millis {
    return this.#at(Math.max(0, this.#count(after) + 1))
  }

  last(after: Millis, until: Millis): Millis | undefined {
    const k = this.#count(until)
    if (k < 0) return undefined
    const at = this.#at(k)
    return at > after ? at : undefined
  }

  #count(instant: Millis): number {
    return Math.floor((microsFromMillis(instant) - this.#from) / this.#step)
  }

  #at(k: number): Millis {
    return millisFromMicros(this.#from + k * this.#step)
  }
}

function startOf(zone: Zone, local: LocalMillis): Millis {
  return instantOf(locate(zone, local))
}

function instantOf(place: Location): Millis {
  switch (place.comes) {
    case 'once':
      return place.at
    case 'twice':
      return place.first
    case 'never':
      return place.end
  }
}
