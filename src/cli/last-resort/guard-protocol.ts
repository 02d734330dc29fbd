/** What the main thread and the guard thread share. */
import type { SignalPipe } from './signal-pipe.js'

/** Words of the shared memory. */
export const HANDLED = 0
export const EXIT_NOW = 1
export const WORDS = 2

export interface GuardSetup {
  /** Undefined where there is none to be found: then the main thread alone counts signals. */
  readonly pipe: SignalPipe | undefined
  /** `WORDS` words: how many signals the main thread has handled; 1 when the process is to end at once. */
  readonly memory: SharedArrayBuffer
  /** Numbers of the signals that stop the process. */
  readonly signals: readonly number[]
  readonly exitCode: number
  /** Unit: milliseconds. From the second signal to the end of the process, at the most. */
  readonly graceMs: number
}
