/**
 * The text of a metric whose series stay the same. prom-client has rendered it once, which fixes names, labels and order. After that
 * only the values that have changed are written.
 */
import { InternalError } from '../../kernel/errors.js'
import { LinesBlock } from './lines-block.js'

const NEWLINE = 10
/** The lines of a block: about 20 KB. */
const BLOCK_LINES = 256

export class FamilyText {
  /** The lines HELP and TYPE. */
  readonly #head: Uint8Array
  readonly #blocks: readonly LinesBlock[]
  readonly #lines: number
  #values: Float64Array

  /** @param text the text of the metric as prom-client renders it, without a newline after the last line. */
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

  /** The whole text in parts, with a newline after the last line. The next update changes these bytes. */
  get parts(): readonly Uint8Array[] {
    return [this.#head, ...this.#blocks.map(({ bytes }) => bytes)]
  }

  /** @param values the values of all series, in the order of the lines. Do not change the array after the call: it is kept. */
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

/** The position that is `lines` lines after `at`, or the end of the bytes. */
function afterLines(bytes: Uint8Array, at: number, lines: number): number {
  let next = at
  for (let line = 0; line < lines && next < bytes.length; line++) next = bytes.indexOf(NEWLINE, next) + 1
  return next
}
