/**
 * The due moments of a timer in a span of the wall clock, without running anything.
 *
 * A grid that is neither aligned nor anchored begins with the scheduler. A running engine knows the next due moment of such a
 * timer, and the grid goes on from there; without one, the grid is as if the timer were started at `start`.
 *
 * Jitter is left out: these are the moments before it.
 */
import type { IntervalSchedule, TimerDefinition } from '../../kernel/definitions.js'
import { type Micros, type Millis, microsFromMillis, millisFromMicros } from '../../kernel/time.js'
import { anchoredTimes } from '../anchored-times.js'
import { gridOf } from '../grid.js'
import { Occurrences } from '../occurrences.js'
import { isInside } from '../window.js'

/** Moments on the wall clock, from `from` (inclusive) to `to` (exclusive). */
export interface Span {
  readonly from: Millis
  readonly to: Millis
}

/** When the grids begin. */
export interface Origin {
  /** When timers are started that no running engine knows. */
  readonly start: Millis
  /** The next due moment of a timer in a running engine; undefined when there is no engine, or the timer has none. */
  readonly nextDue?: (id: string) => Millis | undefined
}

/** The first due moment at or after a moment; undefined when there is none. */
type FirstFrom = (wall: Millis) => Millis | undefined

const MINUTE: Millis = 60_000
/** Of the wall clock; due moments are whole microseconds. */
const MICROSECOND: Millis = 0.001

/** In their order. A timer whose function chooses its interval has at most one: what follows is not known. */
export function* dueMoments(timer: TimerDefinition, { from, to }: Span, origin: Origin): Generator<Millis, void> {
  const firstFrom = momentsOf(timer, origin)
  let wall = firstFrom(from)
  while (wall !== undefined && wall < to) {
    if (!timer.window || isInside(timer.window, wall)) {
      yield wall
      wall = firstFrom(wall + MICROSECOND)
    } else {
      // A window opens and closes on whole minutes.
      wall = firstFrom((Math.floor(wall / MINUTE) + 1) * MINUTE)
    }
  }
}

function momentsOf(timer: TimerDefinition, origin: Origin): FirstFrom {
  const { schedule, eager } = timer
  switch (schedule.kind) {
    case 'interval':
      return withEager(gridMoments(timer.id, schedule, origin), eager && !origin.nextDue, origin.start)
    case 'adaptive': {
      const wait = eager ? 0 : millisFromMicros(schedule.initial)
      const only = origin.nextDue ? origin.nextDue(timer.id) : origin.start + wait
      return (wall) => (only !== undefined && only >= wall ? only : undefined)
    }
    case 'anchored':
    case 'cron': {
      const times =
        schedule.kind === 'cron' ? new Occurrences(schedule.expression, schedule.timezone) : anchoredTimes(schedule)
      // A timer is due after its start, not at it.
      const earliest = origin.nextDue ? Number.NEGATIVE_INFINITY : origin.start
      const firstFrom: FirstFrom = (wall) => times.next(Math.max(earliest, wall - MICROSECOND))
      return withEager(firstFrom, eager && !origin.nextDue, origin.start)
    }
  }
}

/** An eager timer is due once at its start as well. */
function withEager(firstFrom: FirstFrom, isEager: boolean, start: Millis): FirstFrom {
  if (!isEager) return firstFrom
  return (wall) => (wall <= start ? start : firstFrom(wall))
}

function gridMoments(id: string, schedule: IntervalSchedule, { start, nextDue }: Origin): FirstFrom {
  const first = nextDue ? nextDue(id) : firstOfGrid(schedule, start)
  if (first === undefined) return () => undefined
  const anchor: Micros = microsFromMillis(first)
  return (wall) => {
    const passed = Math.max(0, Math.ceil((microsFromMillis(wall) - anchor) / schedule.interval))
    return millisFromMicros(anchor + passed * schedule.interval)
  }
}

function firstOfGrid(schedule: IntervalSchedule, start: Millis): Millis | undefined {
  const moment = { sequence: 0, mono: 0, wall: start }
  return gridOf(schedule, moment).after(moment, 0, start)?.wall
}
