import type { Logger } from 'pino'
import { EscapementError } from './errors.js'
import type { Lease } from './lease.js'
import { type Millis, microsFromMillis } from './time.js'
import type { AbortCause } from './vocabulary.js'

/** The reason of `tick.signal` after an abort; `tick.throwIfAborted()` throws it. */
export class AbortedError extends EscapementError {
  /** Why the run was aborted. */
  readonly because: AbortCause

  /** Compares the code, not the class: a module compiled to CommonJS on the fly has its own copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && (value as { code?: unknown }).code === 'ERR_ABORTED'
  }

  constructor(entrypoint: string, because: AbortCause) {
    super('ERR_ABORTED', `${entrypoint} was aborted (${because})`)
    this.because = because
  }
}

/** See {@link Tick.id}. */
export function tickId(entrypoint: string, dueWall: Millis): string {
  return `${entrypoint}@${microsFromMillis(dueWall)}us`
}

/** The argument of a timer's method: identifies the tick and tells a long run when to stop. */
export interface Tick {
  /** `service.method`. */
  readonly entrypoint: string
  /**
   * `entrypoint@<due moment in whole microseconds since 1970>us`. It is the same each time that a ticket is handed out, so it can
   * serve as the key of an effect that must happen once.
   */
  readonly id: string
  /**
   * Number of the tick, from 1 (the tick of `eager` is 0). Skipped ticks are counted too. Ticks from `trigger()` are
   * numbered -1, -2, -3 ...
   */
  readonly sequence: number
  /** The due moment. */
  readonly dueAt: Date
  /** The due moment to the microsecond, in nanoseconds on the clock of `process.hrtime.bigint()`. Subtract to get the lateness. */
  readonly dueHrtime: bigint
  /** Milliseconds (with fractions) from the due moment to the first instruction of the method. Never negative. */
  readonly latenessMs: number
  /** Number of the attempt; 1 is the first. */
  readonly attempt: number
  /** Aborted when the run is aborted. The event loop delivers it, so a synchronous loop must read {@link aborted}. */
  readonly signal: AbortSignal
  /** True once the run was aborted. Read from shared memory, so it is current even in a loop that never yields. */
  readonly aborted: boolean
  /** @throws AbortedError (`ERR_ABORTED`) when the run was aborted. */
  throwIfAborted(): void
  /** The lease of the run, for `scope: 'leader'`; undefined for other scopes. */
  readonly lease?: Lease
  /**
   * A number that grows over all tickets of the timer, and each time that one of them is handed out, for `scope: 'queue'`; undefined
   * for other scopes. Store it with what the run writes, and let the storage refuse a write with a lower one: an instance that was
   * frozen for longer than its lock goes on with a ticket that another one runs by then. It is the due moment in microseconds
   * since 1970, times 1024, plus the number of the delivery (1023 at the most).
   */
  readonly fence?: bigint | undefined
  /** A logger whose lines name service, entrypoint and tick. */
  readonly log: Logger
}
