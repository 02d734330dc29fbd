/**
 * What to do with a tick that has come due, as one pure function. Ticks that lapsed in a stall are judged before, in
 * `schedule/lapse.ts`; what becomes of a tick after it has waited, was claimed or was handed over is in `admission.ts` and
 * `run-lifecycle.ts`.
 *
 * Called twice for a punctual timer: at `due - lead`, when only `run` lets the tick be handed over early and any other
 * answer means "ask again when it is due", and at `due`, when the answer is final.
 */
import type { Overlap, SkipReason } from '../kernel/vocabulary.js'

/** The only inputs of the decision. */
export interface LaneFacts {
  /** The supervisor is stopping: no tick starts. */
  readonly stopping: boolean
  /** The timer is paused. */
  readonly paused: boolean
  /** The due moment lies in the timer's window; true when it has none. */
  readonly inWindow: boolean
  /** This instance holds the lease that the method needs; true when it needs none. */
  readonly holdsLease: boolean
  /** Why the circuit of the method skips ticks; undefined when it does not. */
  readonly blockedBy: 'circuit_open' | 'quarantined' | undefined
  readonly overlap: Overlap
  /** How many runs of the method may be in flight at once. */
  readonly concurrency: number
  /** Runs of the method that are in flight, and ticks of it that are being claimed. */
  readonly active: number
  /** Ticks that are being claimed: other instances have not answered yet. */
  readonly claiming: number
  /** Runs in flight whose method has been entered, or is entered at the moment of this tick. */
  readonly started: number
  /** Runs in flight whose method has returned, though the report of their thread has not been read yet. */
  readonly returned: number
  /** A thread of the service is up. */
  readonly hasThread: boolean
}

export type Decision =
  | { readonly do: 'run' }
  /** Keep the tick until a run ends or a thread is up; a newer tick replaces it. */
  | { readonly do: 'wait' }
  /** Abort the run in progress, and keep the tick until that run has ended. */
  | { readonly do: 'replace' }
  | { readonly do: 'skip'; readonly reason: SkipReason }

const RUN: Decision = { do: 'run' }
const WAIT: Decision = { do: 'wait' }
const REPLACE: Decision = { do: 'replace' }
const skipBecause = (reason: SkipReason): Decision => ({ do: 'skip', reason })

/** The decision for a tick after its start deadline. */
export const MISSED = skipBecause('missed')
const STOPPING = skipBecause('stopping')
const PAUSED = skipBecause('paused')
const QUARANTINED = skipBecause('quarantined')
const CIRCUIT_OPEN = skipBecause('circuit_open')
const NOT_LEADER = skipBecause('not_leader')
const OUTSIDE_WINDOW = skipBecause('outside_window')
const RUNNING = skipBecause('running')
const CLAIM_UNKNOWN = skipBecause('claim_unknown')
const SATURATED = skipBecause('saturated')

export function decide(facts: LaneFacts): Decision {
  if (facts.stopping) return STOPPING
  if (facts.paused) return PAUSED
  if (!facts.inWindow) return OUTSIDE_WINDOW
  if (!facts.holdsLease) return NOT_LEADER
  if (facts.blockedBy !== undefined) return facts.blockedBy === 'quarantined' ? QUARANTINED : CIRCUIT_OPEN
  if (facts.active >= facts.concurrency) {
    // The method has returned already: the tick starts when the thread's report has been read.
    if (facts.active - facts.returned < facts.concurrency) return WAIT
    if (facts.overlap === 'wait') return WAIT
    if (facts.overlap === 'replace') return REPLACE
    // Runs that were handed over and have not started wait behind another method: the thread is full, the method itself
    // is not slow.
    if (facts.started > 0) return RUNNING
    return facts.claiming > 0 ? CLAIM_UNKNOWN : SATURATED
  }
  return facts.hasThread ? RUN : WAIT
}
