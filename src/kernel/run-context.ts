/**
 * Which run the code that asks is part of, however deep it is and whatever it has awaited.
 *
 * One storage for the whole thread, kept under a global symbol: a user's module may have a copy of this package of its own.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Tick } from './tick.js'
import type { Micros } from './time.js'

/** One execution of an entrypoint's method, as hooks of providers and {@link currentRun} see it. */
export interface RunContext {
  readonly kind: 'timer' | 'rpc'
  /** `service.method`. */
  readonly entrypoint: string
  readonly service: string
  readonly method: string
  /** Unique to the run; `service.method@due` for a tick, `service.method#number` for a call. */
  readonly callId: string
  /** The ids of the calls that led here, the first one first, the run's own last; at most ten. */
  readonly callStack: readonly string[]
  /** Aborted when the run is told to stop, or its caller waits no longer. */
  readonly signal: AbortSignal
  /** The moment, on the monotonic clock, at which the caller stops waiting; undefined for ticks. */
  readonly deadline?: Micros
  /** Undefined for calls. */
  readonly tick?: Tick
}

/** How a run came out, for hooks of providers. */
export type RunResult =
  | { readonly outcome: 'completed'; readonly value: unknown }
  | { readonly outcome: 'failed'; readonly error: unknown }

const STORAGE = Symbol.for('escapement.runContext')

const shared = globalThis as { [STORAGE]?: AsyncLocalStorage<RunContext> }
shared[STORAGE] ??= new AsyncLocalStorage()
const storage = shared[STORAGE]

/**
 * The run that the caller is part of; undefined outside of runs, in `onStart` for example, and in the timers of a service that
 * injects nothing but what comes with this package and no other service: there the tick says it all.
 */
export function currentRun(): RunContext | undefined {
  return storage.getStore()
}

export function withinRun<Result>(run: RunContext, call: () => Result): Result {
  return storage.run(run, call)
}

/** How many ids a call stack holds; of a longer one the oldest are dropped. */
const DEEPEST_STACK = 10

export function callStackOf(callId: string, parents: readonly string[]): readonly string[] {
  return [...parents, callId].slice(-DEEPEST_STACK)
}
