import type { Micros, Millis } from './time.js'

declare const index: unique symbol

/**
 * The place of a timer among all timers of the engine, from 0: how the scheduler names a timer to the dispatcher.
 *
 * The brand is phantom, as those of the units of time are: a plain number may become an index, but an index of one kind
 * never silently becomes one of another.
 */
export type TimerIndex = number & { readonly [index]?: 'timer' }

/** A tick on its way from the scheduler to a thread. */
export interface DueTick {
  /** Counts every due moment of the entrypoint, also those that were skipped. */
  readonly sequence: number
  readonly dueMono: Micros
  /** The same moment on the wall clock: with the entrypoint it names the tick. */
  readonly dueWall: Millis
  /** Past this moment it is `missed`. */
  readonly startBy: Micros
}
