/**
 * Writes log lines of worker threads to the stream of a logger, on the main thread.
 *
 * The stream belongs to the user and may be slow, and this thread drives the schedule. So lines are written for a moment in each
 * turn of the event loop, and the rest waits for the next turns. When too many wait, further ones are dropped and counted.
 */
import { type Logger, symbols } from 'pino'
import { monotonicNow } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'

/** A stream (such as pino's multistream) that sets this property to true reads `lastLevel` before each write. */
const METADATA = Symbol.for('pino.metadata')

interface PinoStream {
  [METADATA]?: boolean
  lastLevel?: number
  write(line: string): void
}

/** Lines that a worker thread has serialised, and pino's number of the level of each. */
export interface ForwardedLines {
  readonly lines: readonly string[]
  readonly levels: readonly number[]
}

interface LineForwarderOptions {
  readonly logger: Logger
  readonly onDropped?: (lines: number) => void
  readonly now?: () => Micros
  /** Calls back in the next turn of the event loop. */
  readonly nextTurn?: (callback: () => void) => void
}

/** In each turn of the event loop. */
const LONGEST_WRITING: Micros = 2_000
const MOST_WAITING = 50_000

export class LineForwarder {
  readonly #options: Required<LineForwarderOptions>
  readonly #waiting: { readonly line: string; readonly level: number }[] = []
  /** Position of the first waiting line. */
  #first = 0
  #dropped = 0
  #writtenFor: Micros = 0
  #isTurnAwaited = false

  constructor({ logger, onDropped = () => {}, now = monotonicNow(), nextTurn = setImmediate }: LineForwarderOptions) {
    this.#options = { logger, onDropped, now, nextTurn }
  }

  take({ lines, levels }: ForwardedLines): void {
    for (const [index, line] of lines.entries()) {
      if (this.#size < MOST_WAITING) this.#waiting.push({ line, level: levels[index]! })
      else this.#dropped++
    }
    this.#write(LONGEST_WRITING)
  }

  /** Writes every waiting line now. */
  flush(): void {
    this.#write(Number.POSITIVE_INFINITY)
  }

  get #size(): number {
    return this.#waiting.length - this.#first
  }

  #write(limit: Micros): void {
    const { logger, now } = this.#options
    const begun = now()
    const before = this.#writtenFor
    while (this.#size > 0 && this.#writtenFor < limit) {
      const { line, level } = this.#waiting[this.#first++]!
      writeLine(logger, line, level)
      this.#writtenFor = before + now() - begun
    }
    if (this.#size === 0) this.#allWritten()
    this.#awaitTurn()
  }

  #allWritten(): void {
    this.#waiting.length = 0
    this.#first = 0
    if (this.#dropped === 0) return
    const dropped = this.#dropped
    this.#dropped = 0
    this.#options.onDropped(dropped)
    this.#options.logger.warn(
      { dropped, limit: MOST_WAITING },
      'log lines of services were dropped: too many were waiting',
    )
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited || this.#writtenFor === 0) return
    this.#isTurnAwaited = true
    this.#options.nextTurn(() => {
      this.#isTurnAwaited = false
      this.#writtenFor = 0
      if (this.#size > 0) this.#write(LONGEST_WRITING)
    })
  }
}

function writeLine(logger: Logger, line: string, level: number): void {
  const stream = (logger as unknown as Record<symbol, PinoStream>)[symbols.streamSym]
  if (!stream) return
  if (stream[METADATA]) stream.lastLevel = level
  stream.write(line)
}
