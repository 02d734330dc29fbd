/** Notes in the row of a timer since when its oldest run is in progress, for readers on other threads. */
import { TIMER_ROW } from '../counters/row-shapes.js'
import type { Timer } from './lane.js'

const { oldestRunSince } = TIMER_ROW.at

/** Call it when a run of the timer has been added to its lane, or has left it. */
export function noteOldestRun(timer: Timer): void {
  timer.row.set(oldestRunSince, oldestSince(timer))
}

/** Runs are kept in the order in which they began. */
function oldestSince(timer: Timer): number {
  for (const run of timer.lane.runs) if (run.timer === timer) return run.since
  return 0
}
