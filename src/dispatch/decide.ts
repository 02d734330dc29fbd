/**
 * What to do with a tick that has come due: the whole policy of the engine as one pure function.
 *
 * Called twice for a punctual timer: at `due - lead`, when only `run` lets the tick be handed over early and any other
 * answer means "ask again when it is due", and at `due`, when the answer is final.
 */
import type { Overlap, SkipReason } from '../kernel/vocabulary.js'

/** What the decision depends on; nothing else does. */
export interface LaneFacts {
  readonly stopping: boolean
  readonly paused: boolean
  /** Why the circuit of the entrypoint lets nothing through; undefined when it does. */
  readonly blockedBy: 'circuit_open' | 'quarantined' | undefined
  /** The lease it runs under is held here; true when it needs none. */
  readonly holdsLease: boolean
  /** The due moment lies in the timer's window; true when it has none. */
  readonly inWindow: boolean
  readonly overlap: Overlap
  readonly concurrency: number
  /** Runs handed over and not ended, and those that are about to be. */
  readonly active: number
  /** Of those, how many have entered their method. */
  readonly started: number
  /** Among them, how many wait for word whether another instance has claimed their tick. */
  readonly claiming: number
  /** Of those, how many have returned it again, though their thread's word of it has not been read yet. */
  readonly returned: number
  /** A thread of the service is up. */
  readonly hasThread: boolean
}

export type Decision =
  | { readonly do: 'run' }
  /** Keep it until a run ends or a thread is up; a newer tick takes its place. */
  | { readonly do: 'wait' }
  /** Tell the run that is going to stop, and keep the tick until it has. */
  | { readonly do: 'replace' }
  | { readonly do: 'skip'; readonly reason: SkipReason }

const RUN: Decision = { do: 'run' }
const WAIT: Decision = { do: 'wait' }
const REPLACE: Decision = { do: 'replace' }
const skipBecause = (reason: SkipReason): Decision => ({ do: 'skip', reason })

/** The answer for a tick that has come too late to be asked about. */
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
    // It only looks busy: the tick starts when the news has come.
    if (facts.active - facts.returned < facts.concurrency) return WAIT
    if (facts.overlap === 'wait') return WAIT
    if (facts.overlap === 'replace') return REPLACE
    // Runs that were handed over and have not started wait behind another method of the thread: it is the thread that
    // is full, not the entrypoint that is slow.
    if (facts.started > 0) return RUNNING
    return facts.claiming > 0 ? CLAIM_UNKNOWN : SATURATED
  }
  return facts.hasThread ? RUN : WAIT
}
