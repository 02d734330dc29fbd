/**
 * Since when a success of a timer is missing: `noSuccessSince` in its row, a due moment on the wall clock.
 *
 *     0 (nothing is missing) --a tick that ought to have run--> its due moment --a success--> 0
 *
 * 1. The first tick sets it and later ticks leave it as it is, so that its age tells how long a success has been missing.
 * 2. A run counts from its start, so a run that never ends is noticed too.
 * 3. A tick that nobody expected to run here (paused, outside the window, run by another instance) sets it to 0, as a success does.
 * 4. A tick that was triggered by hand never sets it, and its success sets it to 0.
 * 5. With scope `queue` only runs set it: other instances run the ticks that are not run here. A ticket that goes back takes back
 *    what it has set.
 *
 * Alerts, the dashboard and notifications compare it with the interval: observe/overdue.ts.
 */
import { TIMER_ROW } from '../counters/row-shapes.js'
import type { DueTick } from '../kernel/due-tick.js'
import type { Outcome, SkipReason } from '../kernel/vocabulary.js'
import type { Timer } from './lane.js'

const { noSuccessSince } = TIMER_ROW.at

/** Nobody expected the tick to run on this instance. */
const EXPECTED: ReadonlySet<SkipReason> = new Set(['paused', 'outside_window', 'not_leader', 'claimed_elsewhere'])

export function beforeRun(timer: Timer, tick: DueTick): void {
  begin(timer, tick)
}

export function afterRun(timer: Timer, tick: DueTick, outcome: Outcome): void {
  if (outcome === 'completed' || outcome === 'declined') timer.row.set(noSuccessSince, 0)
  else begin(timer, tick)
}

export function afterSkip(timer: Timer, tick: DueTick, reason: SkipReason): void {
  if (EXPECTED.has(reason)) timer.row.set(noSuccessSince, 0)
  else if (reason !== 'stopping' && timer.definition.scope !== 'queue') begin(timer, tick)
}

/** A ticket goes back to the queue. */
export function afterReturn({ row }: Timer, { dueWall }: DueTick): void {
  if (row.get(noSuccessSince) === dueWall) row.set(noSuccessSince, 0)
}

function begin({ row }: Timer, { sequence, dueWall }: DueTick): void {
  if (sequence >= 0 && row.get(noSuccessSince) === 0) row.set(noSuccessSince, dueWall)
}
