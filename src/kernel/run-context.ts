/**
 * Tells code which run it is part of, at any call depth and after any `await`.
 *
 * A thread has one `AsyncLocalStorage`, kept under a global symbol because a user's module may have its own copy of this
 * package.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Tick } from './tick.js'
import type { Micros } from './time.js'

/** One execution of an entrypoint's method, as provider hooks and {@link currentRun} see it. */
export interface RunContext {
  readonly kind: 'timer' | 'rpc'
  /** `service.method`. */
  readonly entrypoint: string
  readonly service: string
  readonly method: string
  /** Identifies the run: `service.method@due` for a tick, `service.method#number` for a call. */
  readonly callId: string
  /** Call ids of the runs that led to this one, oldest first; the last is the run's own. At most ten. */
  readonly callStack: readonly string[]
  /** Aborted when the run is aborted or its caller no longer waits. */
  readonly signal: AbortSignal
  /** When the caller stops waiting, on the monotonic clock in microseconds; undefined for ticks. */
  readonly deadline?: Micros
  /** The tick of this run; undefined for calls. */
  readonly tick?: Tick
}

/** How a run ended, for provider hooks. */
export type RunResult =
  | { readonly outcome: 'completed'; readonly value: unknown }
  | { readonly outcome: 'failed'; readonly error: unknown }

const STORAGE = Symbol.for('escapement.runContext')

const shared = globalThis as { [STORAGE]?: AsyncLocalStorage<RunContext> }
shared[STORAGE] ??= new AsyncLocalStorage()
const storage = shared[STORAGE]

/**
 * Returns the run that the calling code is part of, however deep it is and whatever it has awaited: in the method, in its `when`
 * function and in the hooks of providers. Undefined outside of runs, for example in `onStart`.
 */
export function currentRun(): RunContext | undefined {
  return storage.getStore()
}

/** Calls `call` as part of `run`. */
export function withinRun<Result>(run: RunContext, call: () => Result): Result {
  return storage.run(run, call)
}

/** The most ids in a call stack; the oldest are dropped. */
const DEEPEST_STACK = 10

/** The call stack of a run: the ids of the runs that led to it, then its own. */
export function callStackOf(callId: string, parents: readonly string[]): readonly string[] {
  return [...parents, callId].slice(-DEEPEST_STACK)
}
