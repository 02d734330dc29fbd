import type { Logger } from 'pino'
import { EscapementError } from './errors.js'
import type { Lease } from './lease.js'
import type { AbortCause } from './vocabulary.js'

/** The reason of `tick.signal`, and what `tick.throwIfAborted()` throws. */
export class AbortedError extends EscapementError {
  /** Why the run is told to stop. */
  readonly because: AbortCause

  /** By its code, not by its class: a module compiled to CommonJS on the fly has a copy of this class of its own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && (value as { code?: unknown }).code === 'ERR_ABORTED'
  }

  constructor(entrypoint: string, because: AbortCause) {
    super('ERR_ABORTED', `${entrypoint} was told to stop (${because})`)
    this.because = because
  }
}

/** The argument of a timer's method: which tick this is, and whether to go on. */
export interface Tick {
  /** `service.method`. */
  readonly entrypoint: string
  /**
   * Number of the tick, from 1 (0 for the eager one). Skipped ticks are counted too. Ticks triggered by hand have
   * numbers of their own: -1, -2, -3 ...
   */
  readonly sequence: number
  /** When it was due. */
  readonly dueAt: Date
  /** When it was due, to the microsecond, on the clock of `process.hrtime.bigint()`: subtract to see how late you are. */
  readonly dueHrtime: bigint
  /** From the due moment to the first instruction of the method, in milliseconds (fractions count). Never negative. */
  readonly latenessMs: number
  /** 1 for the first try. */
  readonly attempt: number
  /** Aborted when the run is told to stop. It needs the event loop: code that does not yield reads {@link aborted}. */
  readonly signal: AbortSignal
  /** The run was told to stop. Reads shared memory: true at once, even in a loop that never yields. */
  readonly aborted: boolean
  /** Throws an {@link AbortedError} when the run was told to stop. */
  throwIfAborted(): void
  /** What it runs under, for `scope: 'leader'`; undefined for other scopes. */
  readonly lease?: Lease
  /** Logs with service, entrypoint and tick. */
  readonly log: Logger
}
