/**
 * The events of the engine, for observers such as metrics and the log. Events control nothing: the engine works the same
 * without listeners, and an error in a listener is only reported.
 */
import type { MemberView } from './members.js'
import type { PauseChanged, PauseKept } from './pause.js'
import type { RpcOutcome } from './rpc.js'
import type { Millis, Seconds } from './time.js'
import type {
  AbortCause,
  ClaimResult,
  DiscardReason,
  LeaseEvent,
  LossCause,
  Outcome,
  ReturnReason,
  SkipReason,
} from './vocabulary.js'
import type { WireError } from './wire-error/wire-error.js'

export interface RunEnded {
  /** `service.method`. */
  readonly entrypoint: string
  readonly service: string
  readonly method: string
  readonly sequence: number
  /** The due moment on the wall clock. */
  readonly dueWall: Millis
  /** From the due moment to the first instruction of the method; undefined when the method was not called. */
  readonly lateness: Seconds | undefined
  /** How long the method took; undefined when it was not called or its end was not reported. */
  readonly duration: Seconds | undefined
  /** How long the method held its thread; undefined when it was not called, or returned a promise. */
  readonly computed: Seconds | undefined
  readonly outcome: Outcome
  readonly attempt: number
  readonly error: WireError | undefined
  /** Id of the thread that it ran on. */
  readonly threadId: number
}

export interface TickSkipped {
  readonly entrypoint: string
  readonly service: string
  readonly method: string
  readonly reason: SkipReason
  /** Number of ticks that were skipped for this reason; above 1 after a stall. */
  readonly count: number
  /** Number of the last of these ticks. */
  readonly sequence: number
  readonly dueWall: Millis
}

export interface TickReturned extends EntrypointEvent {
  readonly sequence: number
  readonly dueWall: Millis
  readonly reason: ReturnReason
  readonly attempt: number
  /** How often the ticket was handed out, this time included. */
  readonly delivery: number
  /** The error of the attempt, with `retry`. */
  readonly error: WireError | undefined
}

export interface ThreadEvent {
  readonly pool: string
  readonly services: readonly string[]
  /** Index of the pool's worker slot, from 0. */
  readonly slot: number
  readonly threadId: number
}

export const THREAD_END_REASONS = [
  'stopped',
  'exited',
  'error',
  'out_of_memory',
  'start_failed',
  'killed',
  /** It was killed because what it was handed did not begin, though no run and no call was in progress on it. */
  'hung',
  'recycled',
] as const
/** Why a thread ended. */
export type ThreadEndReason = (typeof THREAD_END_REASONS)[number]

/** What events about one timer, or about one method, have in common. */
export interface EntrypointEvent {
  /** `service.method`; `service.method#name` when the event is about one of several timers of the method. */
  readonly entrypoint: string
  readonly service: string
  readonly method: string
}

export interface RpcEnded {
  /** The service that was called. */
  readonly service: string
  readonly method: string
  /** True when the method exists; false when the caller named a service or method that does not exist. */
  readonly isKnown: boolean
  /** Call id of the run that made the call; undefined when no run made it. */
  readonly caller: string | undefined
  readonly outcome: RpcOutcome
  /** From the call to its result, measured on the main thread. */
  readonly duration: Seconds
  readonly error?: WireError
}

export interface LeaseChanged {
  readonly lease: string
  readonly event: LeaseEvent
  /** The epoch under which this instance holds the lease or held it last; 0 if it never did. */
  readonly epoch: bigint
  /** Why the lease was lost or released. */
  readonly cause?: LossCause
  /** The error of the store, or its time-out. */
  readonly error?: WireError
}

export interface ClaimEnded extends EntrypointEvent {
  readonly result: ClaimResult
  readonly error?: WireError
}

export interface TicketDiscarded {
  readonly service: string
  /** `tick.id` of its tick. */
  readonly id: string
  /** `service.method`, or `service.method#name`; undefined when the record cannot be read. */
  readonly entrypoint: string | undefined
  readonly reason: DiscardReason
  /** A sentence with the id of the ticket and what was found. */
  readonly message: string
}

/** Somebody triggered a tick or aborted runs. (Pauses are told as `pause.changed`.) */
export interface CommandDone extends EntrypointEvent {
  readonly action: 'trigger' | 'abort'
  readonly by: string
  readonly reason?: string
  /** What it did, as a sentence. */
  readonly text: string
}

export interface EngineEvents {
  /** A run ended, with any outcome. */
  'run.ended': RunEnded
  /** One or more ticks were skipped. */
  'tick.skipped': TickSkipped
  /** The queue has kept a tick of scope `queue`, for whichever instance takes it. */
  'tick.handed_over': EntrypointEvent & { readonly sequence: number; readonly dueWall: Millis }
  /** A ticket that this instance had taken goes back to the queue, before or after its method was called. */
  'tick.returned': TickReturned
  /** A run was aborted. If it does not end within its grace, its thread is killed. */
  'run.aborting': EntrypointEvent & { readonly sequence: number; readonly cause: AbortCause }
  /** The thread of a run exited before the run had ended, by itself or because it was killed. Emitted before `run.ended`. */
  'run.cut_off': EntrypointEvent & { readonly sequence: number; readonly error: WireError | undefined }
  /** An attempt failed and the run will be retried. */
  'run.retrying': EntrypointEvent & {
    readonly sequence: number
    /** The attempt that failed, from 1. */
    readonly attempt: number
    readonly inSeconds: Seconds
    readonly error: WireError | undefined
  }
  /** A run without a time-out has taken 60 s and 10 intervals. Emitted once for each run. */
  'run.overlong': EntrypointEvent & { readonly sequence: number; readonly forSeconds: Seconds }
  /** The circuit of an entrypoint opened, let a probe run, or closed. */
  'circuit.changed': EntrypointEvent & {
    readonly state: 'closed' | 'half_open' | 'open'
    readonly reason: 'circuit_open' | 'quarantined' | undefined
  }
  /**
   * A method failed 5, 10, 20, 40 ... times in a row (`failing`, emitted once for each number), or completed after that
   * (`recovered`). The runs of all timers of the method count, with or without a breaker.
   */
  'entrypoint.failing': EntrypointEvent & {
    /** Number of failures in a row. With `recovered`: the number before the run that completed. */
    readonly failures: number
    readonly state: 'failing' | 'recovered'
  }
  /** A timer was paused or resumed, here or by another instance of the deployment, or was found paused at the start. */
  'pause.changed': PauseChanged
  /** What was said about these entrypoints would survive this process now. With `kept: 'process'` it never does. */
  'pause.saved': { readonly entrypoints: readonly string[]; readonly kept: PauseKept }
  /** The pauses cannot be read or written where they are kept. Emitted once until a request succeeds. */
  'pause.failed': {
    /** What was said about these is not kept yet; empty when only the pauses of others cannot be read. */
    readonly entrypoints: readonly string[]
    readonly kept: PauseKept
    readonly error: WireError
  }
  /** A tick was triggered, or runs were aborted, by hand: by a person or a program. */
  'command.done': CommandDone
  /** A call from one service to another ended, with any outcome. */
  'rpc.ended': RpcEnded
  /** A lease was acquired, renewed, lost or released, or a request about it failed. */
  'lease.changed': LeaseChanged
  /** The claim of a tick of a `scope: 'cluster'` entrypoint has a result. */
  'claim.ended': ClaimEnded
  /** An instance that runs a service with `Members` joined or left. */
  'members.changed': { readonly service: string; readonly self: string; readonly members: readonly MemberView[] }
  /** A request to the coordination store failed. */
  'coordination.failed': { readonly error: WireError }
  /**
   * The queue does not work here: its thread ended, its store cannot be used or has settings that do not fit, or a package is missing.
   * What can work again is tried again; `error.code` says which it is.
   */
  'queue.failed': { readonly error: WireError }
  /** This instance gave up a ticket: no instance runs it again. */
  'ticket.discarded': TicketDiscarded
  /** The queue handed out a ticket of a timer that this instance does not have with scope `queue`. It goes back to the queue. */
  'ticket.stray': { readonly service: string; readonly entrypoint: string; readonly id: string }
  /** A thread has not exited a second after it was killed. Native code cannot be interrupted. */
  'thread.zombie': ThreadEvent
  /** A thread is up and its services are started. */
  'thread.started': ThreadEvent & {
    readonly restarts: number
    /** From the creation of the thread, or from the moment at which it was taken out of reserve. */
    readonly tookSeconds: Seconds
    /** The import of the modules. */
    readonly importsSeconds: Seconds
    /** `setup` and `start` of the dependencies. */
    readonly dependenciesSeconds: Seconds
    /** Constructors and `onStart`. */
    readonly onStartSeconds: Seconds
  }
  /** A thread exited. Unless the supervisor is stopping, another one starts after `restartIn`. */
  'thread.exited': ThreadEvent & {
    readonly reason: ThreadEndReason
    readonly exitCode: number
    /** What was uncaught, what a failed start threw, or what the thread was waited for when it hung. */
    readonly error?: WireError
    /** The service that failed to start, and in which step; only with `start_failed`. */
    readonly service?: string
    readonly step?: string
    /** With `hung`: the entrypoint whose method was entered last on the thread; absent when none was. */
    readonly lastEntered?: string
    readonly restartIn?: Seconds
  }
  /** A standby thread ended before it was needed. Another one is prepared after `retryIn`, if one is always kept. */
  'standby.exited': ThreadEvent & {
    readonly reason: ThreadEndReason
    readonly exitCode: number
    readonly error?: WireError
    /** The service that could not be prepared, and in which step. */
    readonly service?: string
    readonly step?: string
    readonly retryIn: Seconds
  }
  /** A thread, or a standby thread, could not be created at all. It is tried again after `retryIn`. */
  'thread.not_created': Omit<ThreadEvent, 'threadId'> & { readonly error: WireError; readonly retryIn: Seconds }
  /**
   * The file of a module was edited while its services run, and a thread that started later has the new code. The definitions
   * (timers, options) and threads that started before have the old. Emitted once for each change.
   */
  'module.changed': { readonly file: string; readonly services: readonly string[] }
  /** The wall clock moved by over half a second against the monotonic clock: it was set, or the machine was suspended. */
  'clock.jumped': { readonly by: Seconds; readonly direction: 'forward' | 'backward' }
  /** The ledger of an entrypoint does not close, which is a bug in the engine. */
  'ledger.violated': { readonly entrypoint: string; readonly detail: string }
  /**
   * What the start took, in milliseconds; emitted just before `ready`. Threads start beside each other, so there are the times of the
   * one that was up last. It listens beside that, too.
   */
  'start.measured': {
    /** From the call of `start()` to the definitions of all services. */
    readonly describingMs: number
    /** From there until the last thread was up, without the two that follow. */
    readonly threadsMs: number
    readonly dependenciesMs: number
    readonly onStartMs: number
    /** Until metrics and health were served; absent when they are not. */
    readonly listeningMs?: number
    /** From the call of `start()` to `ready`. */
    readonly totalMs: number
  }
  /** Every service is started and every timer is armed. */
  ready: { readonly services: number; readonly timers: number; readonly tookSeconds: Seconds }
  /** A stop began. No further run starts. */
  stopping: { readonly reason: string }
  /** The supervisor has stopped. `killed` names the entrypoints whose runs were killed. */
  stopped: {
    readonly killed: readonly string[]
    /** Threads that had not exited when a forced stop ended: `pool/slot`. */
    readonly alive: readonly string[]
    readonly tookSeconds: Seconds
  }
  /** A listener threw. It stays subscribed. */
  'listener.failed': { readonly event: string; readonly error: unknown }
}

export type EventName = keyof EngineEvents
export type Listener<Name extends EventName> = (event: EngineEvents[Name]) => void

export class Events {
  readonly #listeners = new Map<EventName, Set<Listener<never>>>()

  /** Subscribes a listener. The returned function unsubscribes it. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    let listeners = this.#listeners.get(name)
    if (!listeners) {
      listeners = new Set()
      this.#listeners.set(name, listeners)
    }
    listeners.add(listener as Listener<never>)
    return () => void listeners.delete(listener as Listener<never>)
  }

  /** True when the event has a listener. Frequent events are only built when it is true. */
  has(name: EventName): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  emit<Name extends EventName>(name: Name, event: EngineEvents[Name]): void {
    const listeners = this.#listeners.get(name)
    if (!listeners) return
    for (const listener of listeners) {
      try {
        ;(listener as Listener<Name>)(event)
      } catch (error) {
        if (name !== 'listener.failed') this.emit('listener.failed', { event: name, error })
      }
    }
  }
}
