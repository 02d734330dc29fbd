/**
 * When the next tick is due: the one question the scheduler asks of a schedule.
 *
 * A cadence holds no state and reads no clock. Its methods are given the last {@link Moment}, and the current time as
 * `now` (monotonic clock) and `wallNow` (wall clock, read at the same instant).
 */
import type { Micros, Millis } from '../kernel/time.js'

/** A numbered moment of a cadence, on both clocks. */
export interface Moment {
  /** Counts the due moments from the start, whether or not they ran: 0 is the start, 1 the first due moment after it. */
  readonly sequence: number
  /** On the monotonic clock: for this the wheel is armed. */
  readonly mono: Micros
  /** On the wall clock: this names the tick (`entrypoint@dueTime`) in logs and among processes. */
  readonly wall: Millis
}

/** A moment at which a timer is due. */
export interface Due extends Moment {
  /** Distance to the next due moment; Infinity when there is none. */
  readonly period: Micros
}

/** The due moments that have passed. */
export interface Lapse {
  /** How many, at least 1. Beyond 2,000 those of cron and of `from` are not counted, except the latest. */
  readonly count: number
  /** The latest of them, oldest first: all of them, but no more than {@link KEPT}. */
  readonly latest: readonly Due[]
}

/** At most this many late ticks are made up for. */
export const MOST_MADE_UP = 100

/** One more than can be made up for, so that the last missed tick can be named too. */
export const KEPT = MOST_MADE_UP + 1

export interface Cadence {
  /** The due moment after `moment`, always strictly later. Undefined when there is none. */
  after(moment: Moment, now: Micros, wallNow: Millis): Due | undefined

  /** The due moments from `due` to now. `due` itself counts even when it is still ahead (an alarm may be early). */
  lapsed(due: Due, now: Micros, wallNow: Millis): Lapse

  /**
   * Where a due moment is after the wall clock may have been set. Returns the same object when it has not moved, and
   * undefined when it will not come any more.
   */
  retime(due: Due, now: Micros, wallNow: Millis): Due | undefined
}

/** The first due moment after a start, or the start itself when eager. */
export function firstDue(cadence: Cadence, start: Moment, eager: boolean): Due | undefined {
  const first = cadence.after(start, start.mono, start.wall)
  if (!eager) return first
  return { ...start, period: first ? first.mono - start.mono : Number.POSITIVE_INFINITY }
}
