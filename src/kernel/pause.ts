/** Pauses as plain data: which timer is paused, by whom, since when, why, and how long that is remembered. */
import type { Millis } from './time.js'

export const PAUSE_KEEPS = [
  /** In the coordination store: all instances of the deployment pause the timer, also after a restart. */
  'deployment',
  /** In the state file: this instance pauses the timer, also after a restart. */
  'instance',
  /** In memory: the pause ends with the process. */
  'process',
] as const
/** Where a pause is kept, and so how long it lasts and how far it reaches. */
export type PauseKept = (typeof PAUSE_KEEPS)[number]

/** Who pauses or resumes a timer, and why; for logs, events and whoever looks at the timer later. */
export interface PauseOptions {
  /** Range: 1 to 100 characters. Default: the host name and the process id. */
  readonly by?: string
  /** Range: up to 500 characters. Default: none. */
  readonly reason?: string
}

/** A timer was paused (`isPaused`) or resumed, by this instance or by another one, or was found paused at the start. */
export interface PauseChanged {
  /** `service.method`, or `service.method#name` for a timer with a name. */
  readonly entrypoint: string
  /** When it was paused or resumed, by the clock of the instance that was asked. */
  readonly at: Millis
  readonly by: string
  readonly reason?: string
  readonly kept: PauseKept
  readonly isPaused: boolean
  /** False: this instance has no such timer. The pause is kept nevertheless: another instance may have the timer, or the next version. */
  readonly isKnown: boolean
}

/** A pause that is in effect. */
export interface PauseView extends Omit<PauseChanged, 'isPaused'> {
  /** False while the pause is not in the store or the file yet: it would be lost if the process ended now. */
  readonly isSaved: boolean
}
