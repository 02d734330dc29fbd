/**
 * What observers may hear. Control never flows through here: the engine works the same with no listener at all, and a
 * listener that throws is reported and forgotten.
 */
import type { MemberView } from './members.js'
import type { RpcOutcome } from './rpc.js'
import type { Micros, Millis, Seconds } from './time.js'
import type { AbortCause, ClaimResult, LeaseEvent, LossCause, Outcome, SkipReason } from './vocabulary.js'
import type { WireError } from './wire-error.js'

export interface RunEnded {
  /** `service.method`. */
  readonly entrypoint: string
  readonly service: string
  readonly method: string
  readonly sequence: number
  /** The due moment on the wall clock. */
  readonly dueWall: Millis
  /** From the due moment to the first instruction of the method; undefined when the method was never reached. */
  readonly lateness: Seconds | undefined
  /** How long the method took; undefined when it was never reached or its end was never heard of. */
  readonly duration: Seconds | undefined
  readonly outcome: Outcome
  readonly attempt: number
  readonly error: WireError | undefined
  /** The thread it ran on. */
  readonly threadId: number
}

export interface TickSkipped {
  readonly entrypoint: string
  readonly service: string
  readonly method: string
  readonly reason: SkipReason
  /** How many ticks, all for the same reason: more than one after a stall. */
  readonly count: number
  /** Number of the last of them. */
  readonly sequence: number
  readonly dueWall: Millis
}

export interface ThreadEvent {
  readonly pool: string
  readonly services: readonly string[]
  /** Which of the pool's threads, from 0. */
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
  'recycled',
] as const
/** Why a thread ended. */
export type ThreadEndReason = (typeof THREAD_END_REASONS)[number]

/** What is said of one entrypoint. */
export interface EntrypointEvent {
  readonly entrypoint: string
  readonly service: string
  readonly method: string
}

export interface RpcEnded {
  /** The service that was called. */
  readonly service: string
  readonly method: string
  /** There is such a method; else the names are what the caller made up. */
  readonly isKnown: boolean
  /** Call id of the run that made the call; undefined outside of runs. */
  readonly caller: string | undefined
  readonly outcome: RpcOutcome
  /** From the call to its result, as the main thread saw it. */
  readonly duration: Seconds
  readonly error?: WireError
}

export interface LeaseChanged {
  readonly lease: string
  readonly event: LeaseEvent
  /** Of the lease as it is, or was last, held here; 0 before. */
  readonly epoch: bigint
  /** Why it was lost or given back. */
  readonly cause?: LossCause
  /** What the store said, or did not. */
  readonly error?: WireError
}

export interface ClaimEnded extends EntrypointEvent {
  readonly result: ClaimResult
  readonly error?: WireError
}

export interface EngineEvents {
  /** A run has ended, however it did. */
  'run.ended': RunEnded
  /** One or more ticks did not become runs. */
  'tick.skipped': TickSkipped
  /** A run was told to stop; it is killed with its thread unless it does within its grace. */
  'run.aborting': EntrypointEvent & { readonly sequence: number; readonly cause: AbortCause }
  /** A run failed and will be tried again. */
  'run.retrying': EntrypointEvent & {
    readonly sequence: number
    /** The attempt that failed, from 1. */
    readonly attempt: number
    readonly inSeconds: Seconds
    readonly error: WireError | undefined
  }
  /** A run takes suspiciously long, and has no time-out. Said once for each run. */
  'run.overlong': EntrypointEvent & { readonly sequence: number; readonly forSeconds: Seconds }
  /** The circuit of an entrypoint opened, let a probe through, or closed. */
  'circuit.changed': EntrypointEvent & {
    readonly state: 'closed' | 'half_open' | 'open'
    readonly reason: 'circuit_open' | 'quarantined' | undefined
  }
  /** A call from one service to another has ended, however it did. */
  'rpc.ended': RpcEnded
  /** A lease was acquired, renewed, lost, or something else happened to it. */
  'lease.changed': LeaseChanged
  /** It is known whether a tick of a `scope: 'cluster'` entrypoint is this instance's, or that it will not be. */
  'claim.ended': ClaimEnded
  /** Other instances are there than before. */
  'members.changed': { readonly self: string; readonly members: readonly MemberView[] }
  /** Something is wrong with the store that the instances share. */
  'coordination.failed': { readonly error: WireError }
  /** A thread that was killed has not exited after a second: native code cannot be interrupted. */
  'thread.zombie': ThreadEvent
  /** A thread is up: its services are started. */
  'thread.started': ThreadEvent & { readonly restarts: number; readonly tookSeconds: Seconds }
  /** A thread has exited; unless stopping, another is started after `restartIn`. */
  'thread.exited': ThreadEvent & {
    readonly reason: ThreadEndReason
    readonly exitCode: number
    readonly error?: WireError
    readonly restartIn?: Seconds
  }
  /** The wall clock and the monotonic clock parted by more than half a second: a step, or a suspend. */
  'clock.jumped': { readonly by: Seconds; readonly direction: 'forward' | 'backward' }
  /** The books of an entrypoint do not close: a bug in the engine. */
  'ledger.violated': { readonly entrypoint: string; readonly detail: string }
  /** Every service is started and the first tick is armed. */
  ready: { readonly services: number; readonly timers: number; readonly tookSeconds: Seconds }
  /** No run starts any more. */
  stopping: { readonly reason: string }
  /** Everything has stopped. */
  stopped: { readonly killed: readonly string[]; readonly tookSeconds: Seconds }
  /** A listener threw; it is still subscribed. */
  'listener.failed': { readonly event: string; readonly error: unknown }
}

export type EventName = keyof EngineEvents
export type Listener<Name extends EventName> = (event: EngineEvents[Name]) => void

export class Events {
  readonly #listeners = new Map<EventName, Set<Listener<never>>>()

  /** Subscribes; the result unsubscribes. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    let listeners = this.#listeners.get(name)
    if (!listeners) {
      listeners = new Set()
      this.#listeners.set(name, listeners)
    }
    listeners.add(listener as Listener<never>)
    return () => void listeners.delete(listener as Listener<never>)
  }

  /** Lets the hot path skip building an event nobody hears. */
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

/** Where an instant of the monotonic clock lies on the wall clock, by the offset of this moment. */
export function wallTimeOf(instant: Micros, now: Micros, wallNow: Millis): Millis {
  return wallNow + (instant - now) / 1_000
}
