/**
 * The channels of `node:diagnostics_channel` on which this package publishes what happens (docs/tracing.md).
 *
 * Each thread has channels of its own: a subscriber hears what happens on its thread. Messages are built only while a channel has
 * subscribers, and a subscriber runs inside of what it is told of, so it must be quick.
 */
import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { RpcOutcome } from './rpc.js'
import type { RunContext } from './run-context.js'
import type { Seconds } from './time.js'
import type { AbortCause, Outcome, SkipReason } from './vocabulary.js'
import type { WireError } from './wire-error/wire-error.js'

/** `escapement:tick`, on the main thread: what was decided about a tick. A tick that waits is published again when it runs or is skipped. */
export interface TickDiagnostic {
  /** `service.method`; `service.method#name` for one of several timers of a method. */
  readonly entrypoint: string
  readonly service: string
  readonly method: string
  /** Number of the tick, as `tick.sequence`. */
  readonly sequence: number
  readonly dueAt: Date
  /** `hand_over`: the queue has kept it. */
  readonly decision: 'run' | 'wait' | 'skip' | 'hand_over'
  /** Why it is skipped; undefined unless it is. */
  readonly reason: SkipReason | undefined
  /** Number of ticks that the decision is about; above 1 for ticks that were missed in a stall. */
  readonly count: number
}

/** `escapement:retry`, on the main thread: an attempt failed and another one follows. */
export interface RetryDiagnostic {
  readonly entrypoint: string
  readonly service: string
  readonly method: string
  readonly sequence: number
  /** The attempt that failed, from 1. */
  readonly attempt: number
  /** Until the next attempt. */
  readonly inSeconds: Seconds
  readonly error: WireError | undefined
}

/** `escapement:kill`, on the main thread: a thread is terminated with what runs on it. */
export interface KillDiagnostic {
  readonly pool: string
  /** Index of the pool's worker slot, from 0. */
  readonly slot: number
  readonly services: readonly string[]
  readonly threadId: number
  /** `killed`: a run did not end within its grace. `hung`, `out_of_memory`: as in the event `thread.exited`. */
  readonly reason: 'killed' | 'hung' | 'out_of_memory'
}

/**
 * `tracing:escapement:run:*`, on the thread of a service: an attempt of a timer's run, or an answered call, from before the hooks of
 * the dependencies to after them. The same object on all five channels; the last three properties are there at the end.
 */
export interface RunDiagnostic {
  /** What `currentRun()` returns in the method; `run.tick` is the tick. */
  readonly run: RunContext
  /** How the attempt ended. An attempt whose thread is killed has no end. */
  outcome?: Extract<Outcome, 'completed' | 'failed' | 'timed_out' | 'aborted'>
  /** Why it was aborted; undefined unless it was. */
  cause?: AbortCause
  /** What the method returned, or its promise resolved to. */
  result?: unknown
  /** What the method threw. */
  error?: unknown
}

/** `tracing:escapement:call:*`, on the thread of the calling service: a call of a method of another service. */
export interface CallDiagnostic {
  /** The service that is called, and its method. */
  readonly service: string
  readonly method: string
  /** The run that makes the call; undefined outside of runs. */
  readonly caller: RunContext | undefined
  outcome?: RpcOutcome
  result?: unknown
  error?: unknown
}

/** Held here, because Node drops a channel that nothing refers to. */
export const DIAGNOSTICS = {
  tick: channel('escapement:tick'),
  retry: channel('escapement:retry'),
  kill: channel('escapement:kill'),
  run: tracingChannel<unknown, RunDiagnostic>('escapement:run'),
  call: tracingChannel<unknown, CallDiagnostic>('escapement:call'),
}
