import type { Micros, Millis } from './time.js'

declare const index: unique symbol

/**
 * The index of a timer among all timers of the engine, from 0; the scheduler and the dispatcher both use it.
 *
 * The type is branded without a value at run time: a plain number can be assigned to it, but an index of another kind cannot.
 */
export type TimerIndex = number & { readonly [index]?: 'timer' }

/** The index of a timer among those of its pool, in the order of the pool's services; threads find their methods by it. */
export type PoolTimerIndex = number & { readonly [index]?: 'timer of a pool' }

/** A tick that the scheduler hands to the dispatcher and the dispatcher to a worker thread. */
export interface DueTick {
  /** Number of the tick. Skipped ticks are counted too. */
  readonly sequence: number
  /** The due moment on the monotonic clock. */
  readonly dueMono: Micros
  /** The due moment on the wall clock; together with the entrypoint it identifies the tick. */
  readonly dueWall: Millis
  /** The tick is `missed` when its run has not started by this moment of the monotonic clock. */
  readonly startBy: Micros
}
