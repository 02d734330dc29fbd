/**
 * The phases of a run, from its first attempt to its end.
 *
 *     new --> attempting ------------------------------------> ended      the thread reports, or has exited
 *              |  |  |  ^                                       ^ ^
 *              |  |  |  +--- the delay is over ---+             | |
 *              |  |  +--- failed, tried again --> backing_off --+ |       cancelled while it waits
 *              |  +------ aborted --------------> aborting -------+       ends, or its thread is killed and has exited
 *              +--------- cancelled ------------> cancelling -----+       (also from aborting)
 *
 * 1. While an attempt is on a thread, only the report of that thread ends it: nothing else frees the lane. Except for the run of a ticket
 *    that was cancelled before it began: it ends at once, because the thread may have a long run before it.
 * 2. A run is in its lane's `runs` from `attempting` until `ended`.
 * 3. A run is aborted once: its first abort cause stays.
 * 4. The method of a cancelled attempt is never called, whatever its thread reports.
 * 5. A run ends with an outcome if any attempt has called the method; else its tick is skipped.
 * 6. A run has at most one next timed step (time-out, end of grace or next attempt), and none after its end.
 */
import type { AbortCause } from '../kernel/vocabulary.js'
import type { RunHandle, RunReport } from './executor.js'

/** Why an attempt is cancelled before it begins. */
export type CancelReason = 'stopping' | 'not_leader' | 'superseded'

interface OnThread {
  readonly handle: RunHandle
  /** The report of the attempt before this one; undefined for the first attempt. */
  readonly previous: RunReport | undefined
}

export type RunPhase =
  | { readonly name: 'new' }
  /** An attempt is on a thread, or on its way to one. */
  | ({ readonly name: 'attempting' } & OnThread)
  /** The attempt has been aborted and has not ended yet. */
  | ({ readonly name: 'aborting'; readonly cause: AbortCause } & OnThread)
  /** The attempt was cancelled before it began; its thread has not confirmed it yet. */
  | ({ readonly name: 'cancelling'; readonly reason: CancelReason } & OnThread)
  /** The same by hand, between two attempts: the run ends as aborted. */
  | { readonly name: 'cancelling'; readonly reason: 'manual'; readonly handle: RunHandle; readonly previous: RunReport }
  /** The last attempt failed and another one follows. */
  | { readonly name: 'backing_off'; readonly report: RunReport }
  | { readonly name: 'ended' }

export const NEW: RunPhase = { name: 'new' }
export const ENDED: RunPhase = { name: 'ended' }
