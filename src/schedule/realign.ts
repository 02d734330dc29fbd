/**
 * How timers follow a jump of the wall clock.
 *
 * The next tick of a cron timer keeps its wall time, so it moves on the monotonic clock. An aligned grid is laid anew on
 * the multiples of its interval, so that processes whose clocks agree go on to agree about its ticks. Every other grid
 * stays where it is.
 */
import type { Micros, Millis } from '../kernel/time.js'
import type { Due } from './cadence.js'
import { alignedGrid } from './grid.js'
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
    layGrid(entry, entry.last.sequence, schedule.interval, now, wallNow)
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
    layGrid(entry, handled.sequence, schedule.interval, now, wallNow)
  } else {
    entry.due = entry.cadence.after(handled, now, wallNow)
  }
}

function layGrid(entry: TimerEntry, sequence: number, interval: Micros, now: Micros, wallNow: Millis): void {
  const moment = { sequence, mono: now, wall: wallNow }
  entry.cadence = alignedGrid(moment, interval)
  entry.due = entry.cadence.after(moment, now, wallNow)
  entry.isMisaligned = false
}
