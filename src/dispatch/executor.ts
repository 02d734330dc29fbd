/**
 * The port through which the dispatcher has runs executed. The consumer owns it: the thread pools implement it, and so
 * does the test kit, in-thread and on virtual time.
 */
import type { TimerDefinition } from '../kernel/definitions.js'
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause, ClaimResult, Outcome } from '../kernel/vocabulary.js'
import type { WireError } from '../kernel/wire-error.js'

/** One tick on its way to a thread. */
export interface Invocation {
  readonly tick: DueTick
  readonly attempt: number
  /** It is handed over early: the worker waits for `dueMono` in its gate. */
  readonly early: boolean
}

/** What other instances have a say in. */
export interface Coordination {
  /** The lease is held here, and not being lost. */
  holds(lease: string): boolean
  /** Claims a tick for this instance; never rejects. */
  claim(definition: TimerDefinition, tick: DueTick): Promise<ClaimResult>
}

/** What became of an invocation. A failure of the job is data: nothing here rejects. */
export interface RunReport {
  /** `missed`, `cancelled` and `not_leader`: the method was not called. */
  readonly result: Outcome | 'missed' | 'cancelled' | 'not_leader'
  /** Undefined when the method was not called, or the thread ended before it could say. */
  readonly startedAt: Micros | undefined
  readonly endedAt: Micros | undefined
  readonly error: WireError | undefined
  /** Its thread ended underneath it, and it is the one that is charged with it. */
  readonly isBlamed: boolean
  /** What the interval function of an adaptive timer said after the run. */
  readonly nextInterval: Micros | undefined
  readonly threadId: number
}

/** A run in flight. */
export interface RunHandle {
  /** The method has been entered. */
  readonly hasStarted: boolean
  /** The method has ended, though the report of it is still on its way. */
  readonly hasReturned: boolean
  /** When it was entered; undefined before. */
  readonly startedAt: Micros | undefined
  /** Keeps the run from beginning; false when it has begun. Either way `done` is called. */
  cancel(): boolean
  /** Tells the run to stop; the first cause stays. */
  abort(cause: AbortCause): void
  /** Ends its thread, whatever it is doing; `done` is called when the thread has exited. */
  kill(): void
}

/** The thread that was chosen for a run: what the decision needs to know of it, and what starts the run on it. */
export interface Placement {
  /** A run handed over now would be the next thing the thread does, or would wait in its gate. */
  readonly isIdle: boolean
  /**
   * Hands a run to this thread; use the placement at once, or place again. `done` is called exactly once, later, when the run has
   * really ended.
   */
  run(invocation: Invocation, done: (report: RunReport) => void): RunHandle
}

export interface Executor {
  /** Chooses the thread for a run of a timer; undefined while no thread is up: the dispatcher is told when one is. */
  place(timer: TimerIndex, now: Micros): Placement | undefined
}
