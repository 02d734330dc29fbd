/** What people, and programs, ask of timers beside their schedules. */

export const CONTROL_ACTIONS = ['trigger', 'pause', 'resume', 'abort'] as const
export type ControlAction = (typeof CONTROL_ACTIONS)[number]

export interface ControlCommand {
  readonly action: ControlAction
  /** `service.method`, or `service.method#name` for one of several timers of the method. */
  readonly entrypoint: string
  /** Who asks. */
  readonly by: string
  readonly reason?: string
}

/** `text` is a sentence. `code` is that of the error: `ERR_NO_TIMER`, `ERR_LIFECYCLE` ... */
export type ControlResult =
  | { readonly isDone: true; readonly text: string }
  | { readonly isDone: false; readonly code: string; readonly text: string }

/** What `abort()` did to the runs of a timer, or of all timers of a method. */
export interface AbortResult {
  /** Runs that were aborted. Those that do not end within `abortGrace` are killed with their threads. */
  readonly aborted: number
  /** Runs that have not begun, because other runs occupy their threads, or that have just ended: they stay. */
  readonly left: number
}
