/** Counts what happens to runs, in the row of their timer. */
import { wordOfEach } from '../counters/enum-words.js'
import { DURATION_BOUNDS, LATENESS_BOUNDS } from '../counters/histogram-bounds.js'
import { TIMER_ROW } from '../counters/row-shapes.js'
import { type Millis, secondsFromMicros } from '../kernel/time.js'
import { ABORT_CAUSES, type AbortCause, type Outcome, RETRY_RESULTS } from '../kernel/vocabulary.js'
import type { RunReport } from './executor.js'
import type { Run } from './lane.js'
import { afterRun } from './success-wait.js'

const { lateness, duration, lastSuccess } = TIMER_ROW.at
const ABORTS = wordOfEach(TIMER_ROW.at.aborts, ABORT_CAUSES)
const RETRIES = wordOfEach(TIMER_ROW.at.retries, RETRY_RESULTS)

/** Counts the end of a run, with everything that belongs to it, as one change of the row. */
export function countEnded({ timer, tick, attempt }: Run, outcome: Outcome, report: RunReport, wallNow: Millis): void {
  const { row, ledger } = timer
  const { startedAt, endedAt } = report
  row.begin()
  if (startedAt !== undefined) {
    row.observe(lateness, LATENESS_BOUNDS, secondsFromMicros(startedAt - tick.dueMono))
    if (endedAt !== undefined) row.observe(duration, DURATION_BOUNDS, secondsFromMicros(endedAt - startedAt))
  }
  if (attempt > 1) row.add(outcome === 'completed' ? RETRIES.succeeded : RETRIES.exhausted, 1)
  if (outcome === 'completed') row.set(lastSuccess, wallNow)
  afterRun(timer, tick, outcome)
  ledger.end(outcome)
}

export function countAbort({ timer }: Run, cause: AbortCause): void {
  timer.row.count(ABORTS[cause])
}

/** Another attempt will follow. */
export function countRetry({ timer }: Run): void {
  timer.row.count(RETRIES.retried)
}
