/**
 * Makes whole lines of what one thread sends for one stream.
 *
 * A log line comes whole. Other output comes in pieces of any length: what follows the last line end is held until its line is
 * complete, so that no other thread's line gets into it. A log line, the end of the thread and {@link MOST_HELD} complete it, too.
 */
import type { WaitingLine } from './stream-writer.js'

/** Unit: bytes. */
const MOST_HELD = 2 ** 20

const LINE_END = 10
const LINE_END_BYTES = Buffer.from([LINE_END])

export class WholeLines {
  readonly #write: (line: WaitingLine) => void
  #held: Uint8Array[] = []
  #heldBytes = 0
  /** Of the messages that are held, or whose end is. */
  #settlers: (() => void)[] = []

  constructor(write: (line: WaitingLine) => void) {
    this.#write = write
  }

  /** A whole line, with its line end. */
  takeLine(line: string, settle: () => void): void {
    this.complete()
    this.#write({ bytes: Buffer.from(line), settle })
  }

  takeChunk(text: string | Uint8Array, settle: () => void): void {
    const bytes = Buffer.from(text as string)
    const end = bytes.lastIndexOf(LINE_END) + 1
    if (end > 0) {
      // Its line end is here: what comes after belongs to the next line, and is settled with that.
      const isWhole = end === bytes.length
      this.#writeHeld(bytes.subarray(0, end), isWhole ? settle : undefined)
      if (isWhole) return
    }
    this.#held.push(bytes.subarray(end))
    this.#heldBytes += bytes.length - end
    this.#settlers.push(settle)
    if (this.#heldBytes > MOST_HELD) this.complete()
  }

  /** Adds the line end that a held line lacks. */
  complete(): void {
    if (this.#settlers.length > 0) this.#writeHeld(this.#heldBytes > 0 ? LINE_END_BYTES : undefined)
  }

  #writeHeld(end: Uint8Array | undefined, settle?: () => void): void {
    const pieces = end ? [...this.#held, end] : this.#held
    const settlers = settle ? [...this.#settlers, settle] : this.#settlers
    this.#held = []
    this.#heldBytes = 0
    this.#settlers = []
    this.#write({
      bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces),
      settle() {
        for (const one of settlers) one()
      },
    })
  }
}
