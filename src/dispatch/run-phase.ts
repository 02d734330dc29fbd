/**
 * The phases of a run, from its first attempt to its end.
 *
 *     new --> attempting ------------------------------------> ended      the thread reports, or has exited
 *              |  |  |  ^                                       ^ ^
 *              |  |  |  +--- the delay is over ---+             | |
 *              |  |  +--- failed, tried again --> backing_off --+ |       called off while it waits
 *              |  +------ told to stop ---------> aborting -------+       stops, or its thread is killed and has exited
 *              +--------- kept from beginning --> called_off -----+       (also from aborting)
 *
 * 1. While an attempt is on a thread, only the report of that thread ends it: nothing else frees the lane.
 * 2. A run is in its lane's `runs` from `attempting` until `ended`.
 * 3. The first abort cause stays: an aborting run is not told again.
 * 4. The method of a called-off attempt is never called, whatever its thread reports.
 * 5. A run of which an attempt has called the method ends with an outcome; only a run of which none has is skipped.
 * 6. What is to happen next (time-out, end of grace, next attempt) is at most one thing, and nothing once it has ended.
 */
import type { AbortCause } from '../kernel/vocabulary.js'
import type { RunHandle, RunReport } from './executor.js'

/** Why an attempt is kept from beginning. */
export type CallOffReason = 'stopping' | 'not_leader'

interface OnThread {
  readonly handle: RunHandle
  /** How the attempt before this one ended; undefined for the first attempt. */
  readonly previous: RunReport | undefined
}

export type RunPhase =
  | { readonly name: 'new' }
  /** An attempt is on a thread, or on its way to one. */
  | ({ readonly name: 'attempting' } & OnThread)
  /** The attempt is told to stop. */
  | ({ readonly name: 'aborting'; readonly cause: AbortCause } & OnThread)
  /** The attempt had not begun and will not; its thread has not said so yet. */
  | ({ readonly name: 'called_off'; readonly reason: CallOffReason } & OnThread)
  /** The last attempt failed and another one follows. */
  | { readonly name: 'backing_off'; readonly report: RunReport }
  | { readonly name: 'ended' }

export const NEW: RunPhase = { name: 'new' }
export const ENDED: RunPhase = { name: 'ended' }
