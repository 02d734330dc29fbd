/**
 * The port through which the dispatcher starts runs. The thread pools implement it, and so does the test kit, without threads
 * and on a virtual clock.
 */
import type { TimerDefinition } from '../kernel/definitions.js'
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause, ClaimResult, Outcome } from '../kernel/vocabulary.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'

/** A tick that is handed to a thread. */
export interface Invocation {
  readonly tick: DueTick
  readonly attempt: number
  /** True when it is handed over before `dueMono`, for which the worker waits in its gate. */
  readonly early: boolean
  /** Undefined for a tick that is no ticket. */
  readonly ticket?: InvokedTicket | undefined
}

/** What a thread is told of the ticket that it runs. */
export interface InvokedTicket {
  /** How often the ticket was handed out, this time included. */
  readonly delivery: number
  /** The method is called only before this moment of the monotonic clock; {@link RunHandle.mayCallBefore} sets another one. */
  readonly callBefore: Micros
}

/** The port to the other instances: leases and claims. */
export interface Coordination {
  /** True when this instance holds the lease and is not losing it. */
  holds(lease: string): boolean
  /** Claims a tick for this instance; never rejects. */
  claim(definition: TimerDefinition, tick: DueTick): Promise<ClaimResult>
}

/** The result of an invocation. A failure of the job is data: it rejects no promise. */
export interface RunReport {
  /**
   * With `missed`, `cancelled` and `not_leader`, the method was not called. `not_leader`: its lease was over, or the lock of its
   * ticket ended too soon.
   */
  readonly result: Outcome | 'missed' | 'cancelled' | 'not_leader'
  /** Undefined when the method was not called, or the thread ended before its reply. */
  readonly startedAt: Micros | undefined
  readonly endedAt: Micros | undefined
  /** The method returned without a promise, or threw: it has held its thread from its start to its end. */
  readonly isSynchronous: boolean
  readonly error: WireError | undefined
  /** True when its thread ended and the run is charged with the crash. */
  readonly isBlamed: boolean
  /** The result of the interval function after the run; undefined when there is none. */
  readonly nextInterval: Micros | undefined
  readonly threadId: number
}

/** A run in progress. */
export interface RunHandle {
  /** The method has been called. */
  readonly hasStarted: boolean
  /** The method has ended; the report may not have arrived yet. */
  readonly hasReturned: boolean
  /** When the method was called; undefined before. */
  readonly startedAt: Micros | undefined
  /** The lock of the ticket was renewed or lost: the method is called only before this moment, which may have passed. */
  mayCallBefore(moment: Micros): void
  /** Prevents the call of the method; false when it has been called. `done` is called in both cases. */
  cancel(): boolean
  /** Aborts the run; a second cause is ignored. */
  abort(cause: AbortCause): void
  /** Terminates its thread, also one that never yields; `done` is called when the thread has exited. */
  kill(): void
}

/** The thread that was chosen for a run. The decision reads its state, and the run is started through it. */
export interface Placement {
  /** True when a run that is handed over now would start next on the thread, or would wait in its gate. */
  readonly isIdle: boolean
  /** Runs and calls that were handed to the thread and have not ended. */
  readonly load: number
  /**
   * Hands a run to this thread. Use a placement at once, because it becomes outdated. `done` is called exactly once, later, when
   * the run has ended.
   */
  run(invocation: Invocation, done: (report: RunReport) => void): RunHandle
}

export interface Executor {
  /** Chooses the thread for a run of a timer; undefined while no thread is up. */
  place(timer: TimerIndex, now: Micros): Placement | undefined
}
