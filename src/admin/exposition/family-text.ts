/**
 * The text of a metric whose series stay the same: rendered once by prom-client, with names, labels and order. After that only the
 * values that have changed are written.
 */
import { InternalError } from '../../kernel/errors.js'
import { LinesBlock } from './lines-block.js'

const NEWLINE = 10
/** About 20 KB. */
const BLOCK_LINES = 256

export class FamilyText {
  /** The lines HELP and TYPE. */
  readonly #head: Uint8Array
  readonly #blocks: readonly LinesBlock[]
  readonly #lines: number
  #values: Float64Array

  /** @param text as prom-client renders the metric; its last line has no newline. */
  constructor(text: string) {
    const bytes = Buffer.from(`${text}\n`)
    const end = afterLines(bytes, 0, 2)
    this.#head = bytes.subarray(0, end)
    const blocks: LinesBlock[] = []
    for (let at = end; at < bytes.length; ) {
      const next = afterLines(bytes, at, BLOCK_LINES)
      blocks.push(new LinesBlock(bytes.subarray(at, next)))
      at = next
    }
    this.#blocks = blocks
    this.#lines = blocks.reduce((sum, { lines }) => sum + lines, 0)
    // Differs from every value, so that the first update writes all of them.
    this.#values = new Float64Array(this.#lines).fill(Number.NaN)
  }

  /** The whole text, with a newline after the last line. Changes with the next update. */
  get parts(): readonly Uint8Array[] {
    return [this.#head, ...this.#blocks.map(({ bytes }) => bytes)]
  }

  /** @param values of all series, in the order of the lines. They must not be changed any more. */
  update(values: Float64Array): void {
    if (values.length !== this.#lines) {
      throw new InternalError(`a metric was rendered with ${this.#lines} series and has ${values.length} now`)
    }
    let first = 0
    for (const block of this.#blocks) {
      block.update(values, this.#values, first)
      first += block.lines
    }
    this.#values = values
  }
}

/** The position after so many lines from `at` on, or the end. */
function afterLines(bytes: Uint8Array, at: number, lines: number): number {
  let next = at
  for (let line = 0; line < lines && next < bytes.length; line++) next = bytes.indexOf(NEWLINE, next) + 1
  return next
}
