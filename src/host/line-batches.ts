/**
 * Collects log lines on their way to the main thread.
 *
 * The first lines of a turn of the event loop are sent one by one, so that a thread that is killed loses none of them. Further
 * ones are sent together: the main thread, which drives the schedule, receives a few messages instead of thousands.
 */
import type { LogLines } from '../pool/protocol.js'

const SENT_SINGLY = 64
const MOST_LINES = 256
const MOST_CHARACTERS = 65_536

export class LineBatches {
  readonly #post: (message: LogLines) => void
  readonly #nextTurn: (callback: () => void) => void
  #lines: string[] = []
  #levels: number[] = []
  #characters = 0
  #takenInTurn = 0

  constructor(post: (message: LogLines) => void, nextTurn: (callback: () => void) => void = setImmediate) {
    this.#post = post
    this.#nextTurn = nextTurn
  }

  take(line: string, level: number): void {
    if (this.#takenInTurn++ === 0) this.#nextTurn(() => this.#endTurn())
    this.#lines.push(line)
    this.#levels.push(level)
    this.#characters += line.length
    const isFull = this.#lines.length >= MOST_LINES || this.#characters >= MOST_CHARACTERS
    if (isFull || this.#takenInTurn <= SENT_SINGLY) this.flush()
  }

  /** Sends what has been collected. */
  flush(): void {
    if (this.#lines.length === 0) return
    this.#post({ kind: 'log', lines: this.#lines, levels: this.#levels })
    this.#lines = []
    this.#levels = []
    this.#characters = 0
  }

  #endTurn(): void {
    this.#takenInTurn = 0
    this.flush()
  }
}
