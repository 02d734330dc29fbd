/**
 * When the next tick is due: the one question the scheduler asks of a schedule.
 *
 * A cadence holds no state and reads no clock. What happened so far is in the {@link Moment} it is given, what time it
 * is in `now` (monotonic) and `wallNow` (wall clock, of the same instant).
 */
import type { Micros, Millis } from '../kernel/time.js'

/** A numbered point of a cadence. */
export interface Moment {
  /** Counts every due moment from the start, run or not: 0 is the start itself, 1 the first due moment after it. */
  readonly sequence: number
  /** On the monotonic clock: what the scheduler arms. */
  readonly at: Micros
  /** On the wall clock: names the tick (`entrypoint@dueTime`), in logs and among processes. */
  readonly wallAt: Millis
}

/** A moment at which a timer is to tick. */
export interface Due extends Moment {
  /** Distance to the due moment that follows; Infinity when none does. */
  readonly period: Micros
}

/** What has come due by now. */
export interface Lapse {
  /** How many due moments, at least 1. Beyond 10,000 those of cron are not counted, except the latest. */
  readonly count: number
  /** The latest of them, oldest first: all, or {@link KEPT}. */
  readonly latest: readonly Due[]
}

/** How many ticks at the most are made up for after a lapse. */
export const MOST_MADE_UP = 100

/** One more than ever go on, so that the last one missed can be named too. */
export const KEPT = MOST_MADE_UP + 1

export interface Cadence {
  /** The due moment that follows, always strictly later. Undefined when none does. */
  after(moment: Moment, now: Micros, wallNow: Millis): Due | undefined

  /** What has come due from `due` on until now; `due` itself counts even if it lies ahead (when offered early). */
  lapsed(due: Due, now: Micros, wallNow: Millis): Lapse

  /**
   * Where an armed due moment lies now that the wall clock may have been set. The very same object when nothing has
   * changed; undefined when it will not come any more. Call it before arming anew, and whenever the clocks part.
   */
  retime(due: Due, now: Micros, wallNow: Millis): Due | undefined
}

/** The first due moment after a start, or the start itself when eager. */
export function firstDue(cadence: Cadence, start: Moment, eager: boolean): Due | undefined {
  const first = cadence.after(start, start.at, start.wallAt)
  if (!eager) return first
  return { ...start, period: first ? first.at - start.at : Number.POSITIVE_INFINITY }
}
