import type { Micros, Millis } from './time.js'

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
