/**
 * How timers follow a jump of the wall clock.
 *
 * The next tick of a cron timer, or of one with `from`, keeps its wall time, so it moves on the monotonic clock. An aligned grid is laid anew on
 * the multiples of its interval, so that processes whose clocks agree go on to agree about its ticks. Every other grid
 * stays where it is.
 */
import type { IntervalSchedule } from '../kernel/definitions.js'
import type { Micros, Millis } from '../kernel/time.js'
import type { Due } from './cadence.js'
import { gridOf } from './grid.js'
import type { TimerEntry } from './timer-entry.js'

/** Moves the next due moment of a timer after a jump of the wall clock. Returns whether it has moved. */
export function realign(entry: TimerEntry, now: Micros, wallNow: Millis): boolean {
  const { definition, due } = entry
  const { schedule } = definition
  if (!due) return false
  if (schedule.kind === 'interval' && schedule.align) {
    if (due.mono <= now) {
      // That tick is handled first, by the old grid.
      entry.isMisaligned = true
      return false
    }
    layGrid(entry, entry.last.sequence, schedule, now, wallNow)
    return true
  }
  entry.due = entry.cadence.retime(due, now, wallNow)
  return entry.due !== due
}

/** Goes on to the due moment after the one that was handled. */
export function moveOn(entry: TimerEntry, handled: Due, now: Micros, wallNow: Millis): void {
  const { schedule } = entry.definition
  entry.last = handled
  if (entry.isMisaligned && schedule.kind === 'interval') {
    layGrid(entry, handled.sequence, schedule, now, wallNow)
  } else {
    entry.due = entry.cadence.after(handled, now, wallNow)
  }
}

function layGrid(entry: TimerEntry, sequence: number, schedule: IntervalSchedule, now: Micros, wallNow: Millis): void {
  const moment = { sequence, mono: now, wall: wallNow }
  entry.cadence = gridOf(schedule, moment)
  entry.due = entry.cadence.after(moment, now, wallNow)
  entry.isMisaligned = false
}
