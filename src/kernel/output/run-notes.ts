/** What the history of runs is told beside what stands in shared memory: errors, and the lines that runs have written. */
import type { WireError } from '../wire-error/wire-error.js'

/** Names a run. */
export interface RunTag {
  /** `service.method`, or `service.method#name` for a timer with a name. */
  readonly entrypoint: string
  /** Number of the tick. */
  readonly sequence: number
}

/** An attempt of a run failed, or its thread ended. Each attempt that fails is told. */
export interface ErrorNote extends RunTag {
  readonly error: WireError
}

/** Something that a run has written, without its last line end: a log line, or a piece of what it wrote to a stream. */
export interface LineNote extends RunTag {
  readonly line: string
}

export interface RunNotes {
  error(note: ErrorNote): void
  line(note: LineNote): void
}
