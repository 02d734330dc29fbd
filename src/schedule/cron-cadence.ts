/**
 * Due moments of a cron expression. They are points of the wall clock; the monotonic clock is what is armed, by the
 * offset between the two at that moment. Date.now() is up to 1 ms behind: a tick may be 1 ms late for it, never early.
 *
 * When the wall clock is set, an armed tick keeps its name and is moved ({@link Cadence.retime}): put forward past it,
 * it is due at once; put back, it is waited for again, and no earlier tick is repeated. Put back by more than three
 * hours, the clock was plainly wrong before: ticking starts over from the new time (Debian cron's rule), else a clock
 * that once stood a year ahead would silence the timer for a year.
 */
import { type Micros, type Millis, microsFromMillis, wallTimeOf } from '../kernel/time.js'
import { type Cadence, type Due, KEPT, type Lapse, type Moment } from './cadence.js'
import type { Occurrences } from './occurrences.js'

/** The clock was put back by more than this: a correction, not a change of clocks. */
const CORRECTION: Millis = 3 * 3_600_000

/** The wall clock is read in whole milliseconds: less than two of them is noise, not a clock that was set. */
const READING_NOISE: Millis = 2

/** Counting takes about 10 µs a tick: this bounds it to a tenth of a second. */
const MOST_COUNTED = 10_000

export function cronCadence(occurrences: Occurrences): Cadence {
  return new CronCadence(occurrences)
}

class CronCadence implements Cadence {
  readonly #occurrences: Occurrences
  /** The last search: `period` needs what the following call of `after` asks for. */
  #searched: { readonly after: Millis; readonly next: Millis | undefined } | undefined

  constructor(occurrences: Occurrences) {
    this.#occurrences = occurrences
  }

  after(moment: Moment, now: Micros, wallNow: Millis): Due | undefined {
    const putBack = putBackBy(moment, now, wallNow)
    const from = putBack > CORRECTION ? moment.wallAt - putBack : moment.wallAt
    return this.#dueAfter(from, moment.sequence + 1, now, wallNow)
  }

  lapsed(due: Due, now: Micros, wallNow: Millis): Lapse {
    const latest = [due]
    let last = due
    for (let count = 1; count < MOST_COUNTED; count++) {
      const next = this.#next(last.wallAt)
      if (next === undefined || next > wallNow) return { count, latest }
      last = this.#due(next, last.sequence + 1, now, wallNow)
      latest.push(last)
      if (latest.length > KEPT) latest.shift()
    }
    const tail = this.#tail(last, now, wallNow)
    return { count: MOST_COUNTED + tail.length, latest: [...latest, ...tail].slice(-KEPT) }
  }

  retime(due: Due, now: Micros, wallNow: Millis): Due | undefined {
    const putBack = putBackBy(due, now, wallNow)
    if (Math.abs(putBack) < READING_NOISE) return due
    if (putBack > CORRECTION) return this.#dueAfter(wallNow, due.sequence, now, wallNow)
    return { ...due, at: monotonicTimeOf(due.wallAt, now, wallNow) }
  }

  /** The latest ticks after `last` until now, found from the end backwards and numbered as if no other lay between. */
  #tail(last: Due, now: Micros, wallNow: Millis): Due[] {
    const found: Millis[] = []
    let wallAt = this.#occurrences.last(last.wallAt, wallNow)
    while (wallAt !== undefined && found.length < KEPT) {
      found.unshift(wallAt)
      wallAt = this.#occurrences.last(last.wallAt, wallAt - 1)
    }
    return found.map((wallAt, index) => this.#due(wallAt, last.sequence + 1 + index, now, wallNow))
  }

  #dueAfter(from: Millis, sequence: number, now: Micros, wallNow: Millis): Due | undefined {
    const wallAt = this.#next(from)
    return wallAt === undefined ? undefined : this.#due(wallAt, sequence, now, wallNow)
  }

  #due(wallAt: Millis, sequence: number, now: Micros, wallNow: Millis): Due {
    const following = this.#next(wallAt) ?? Number.POSITIVE_INFINITY
    const period = microsFromMillis(following - wallAt)
    return { sequence, at: monotonicTimeOf(wallAt, now, wallNow), wallAt, period }
  }

  #next(after: Millis): Millis | undefined {
    if (this.#searched?.after !== after) this.#searched = { after, next: this.#occurrences.next(after) }
    return this.#searched.next
  }
}

/** By how much the wall clock has been put back since a moment was placed on the monotonic clock; negative: forward. */
function putBackBy(moment: Moment, now: Micros, wallNow: Millis): Millis {
  return moment.wallAt - wallTimeOf(moment.at, now, wallNow)
}

function monotonicTimeOf(wallAt: Millis, now: Micros, wallNow: Millis): Micros {
  return now + microsFromMillis(wallAt - wallNow)
}
