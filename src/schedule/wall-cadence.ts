/**
 * Due moments of the wall clock: of a cron expression, or of a date and a step (`from`). The wheel is armed on the monotonic
 * clock, by the difference between the two clocks at that time. Date.now() is up to 1 ms behind: a tick may be 1 ms late,
 * never early.
 *
 * When the wall clock is set, the armed tick keeps its wall time, and so its name, and moves on the monotonic clock
 * ({@link Cadence.retime}). If the clock was set forward past it, it is due at once. If the clock was set back, the two kinds
 * of expressions differ, as in Debian's cron. A recurring one (every ten minutes) goes on from the new time at once: waiting
 * for its old time would make it silent for as long as the clock was set back. A fixed one (at 2:30) waits for its
 * moment again, and none is repeated; only after more than three hours, when the clock was plainly wrong before, does it go on
 * from the new time, because a clock that was once a year ahead would silence it for a year.
 */
import { type Micros, type Millis, microsFromMillis, wallTimeOf } from '../kernel/time.js'
import { type Cadence, type Due, KEPT, type Lapse, type Moment } from './cadence.js'

/** A fixed time goes on from the new time when the clock is set back by more than this. */
const FIXED_LIMIT: Millis = 3 * 3_600_000

/** A recurring time does so after less: what the scheduler calls a clock jump. Clocks that are slewed stay far below it. */
const RECURRING_LIMIT: Millis = 500

/** The wall clock is read in whole milliseconds, so a difference below two of them does not mean that it was set. */
const READING_NOISE: Millis = 2

/** Counting takes about 10 µs a tick and blocks the thread: this limits it to about 20 ms. */
const MOST_COUNTED = 2_000

/** The moments of the wall clock at which a timer is due. */
export interface WallTimes {
  /** It names times of day; otherwise it recurs. The two differ when the clock is set back. */
  readonly isFixedTime: boolean
  /** The first moment strictly later than `after`; undefined when there is none. */
  next(after: Millis): Millis | undefined
  /** The last moment in (after, until]; undefined when there is none. */
  last(after: Millis, until: Millis): Millis | undefined
}

export function wallCadence(occurrences: WallTimes): Cadence {
  return new WallCadence(occurrences)
}

class WallCadence implements Cadence {
  readonly #occurrences: WallTimes
  /** Set back by more than this, the timer goes on from the new time. */
  readonly #limit: Millis
  /** The last search. The period of a due moment needs the occurrence that the next call of `after` asks for. */
  #searched: { readonly after: Millis; readonly next: Millis | undefined } | undefined

  constructor(occurrences: WallTimes) {
    this.#occurrences = occurrences
    this.#limit = occurrences.isFixedTime ? FIXED_LIMIT : RECURRING_LIMIT
  }

  after(moment: Moment, now: Micros, wallNow: Millis): Due | undefined {
    const setBack = setBackBy(moment, now, wallNow)
    const from = setBack > this.#limit ? moment.wall - setBack : moment.wall
    return this.#dueAfter(from, moment.sequence + 1, now, wallNow)
  }

  lapsed(due: Due, now: Micros, wallNow: Millis): Lapse {
    const latest = [due]
    let last = due
    for (let count = 1; count < MOST_COUNTED; count++) {
      const next = this.#next(last.wall)
      if (next === undefined || next > wallNow) return { count, latest }
      last = this.#due(next, last.sequence + 1, now, wallNow)
      latest.push(last)
      if (latest.length > KEPT) latest.shift()
    }
    const tail = this.#tail(last, now, wallNow)
    return { count: MOST_COUNTED + tail.length, latest: [...latest, ...tail].slice(-KEPT) }
  }

  retime(due: Due, now: Micros, wallNow: Millis): Due | undefined {
    const setBack = setBackBy(due, now, wallNow)
    if (Math.abs(setBack) < READING_NOISE) return due
    if (setBack > this.#limit) return this.#dueAfter(wallNow, due.sequence, now, wallNow)
    return { ...due, mono: monotonicTimeOf(due.wall, now, wallNow) }
  }

  /** The latest due moments after `last` until now, searched backwards and numbered as if none were left out. */
  #tail(last: Due, now: Micros, wallNow: Millis): Due[] {
    const found: Millis[] = []
    let wall = this.#occurrences.last(last.wall, wallNow)
    while (wall !== undefined && found.length < KEPT) {
      found.unshift(wall)
      wall = this.#occurrences.last(last.wall, wall - 1)
    }
    return found.map((wall, index) => this.#due(wall, last.sequence + 1 + index, now, wallNow))
  }

  #dueAfter(from: Millis, sequence: number, now: Micros, wallNow: Millis): Due | undefined {
    const wall = this.#next(from)
    return wall === undefined ? undefined : this.#due(wall, sequence, now, wallNow)
  }

  #due(wall: Millis, sequence: number, now: Micros, wallNow: Millis): Due {
    const following = this.#next(wall) ?? Number.POSITIVE_INFINITY
    const period = microsFromMillis(following - wall)
    return { sequence, mono: monotonicTimeOf(wall, now, wallNow), wall, period }
  }

  #next(after: Millis): Millis | undefined {
    if (this.#searched?.after !== after) this.#searched = { after, next: this.#occurrences.next(after) }
    return this.#searched.next
  }
}

/** By how much the wall clock was set back since a moment was placed on the monotonic clock; negative: forward. */
function setBackBy(moment: Moment, now: Micros, wallNow: Millis): Millis {
  return moment.wall - wallTimeOf(moment.mono, now, wallNow)
}

function monotonicTimeOf(wall: Millis, now: Micros, wallNow: Millis): Micros {
  return now + microsFromMillis(wall - wallNow)
}
