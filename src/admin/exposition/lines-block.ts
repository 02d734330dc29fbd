/**
 * Some lines of a rendered metric, as bytes. A changed value is written over the old one. When its text is longer or shorter, all bytes
 * of the block after it are moved; so a block has few lines.
 *
 *     name{label="x"} 12.5\n
 *     <-- prefix ---> value
 */
import { LONGEST_NUMBER, writeNumber } from './number-text.js'

const NEWLINE = 10
const SPACE = 32

export class LinesBlock {
  readonly lines: number
  readonly #bytes: Uint8Array
  #length: number
  /** The length of each line up to its value, the space before the value included. Unit: bytes. */
  readonly #prefixes: Uint32Array
  /** The length of each line's value. Unit: bytes. */
  readonly #lengths: Uint8Array
  readonly #text = new Uint8Array(LONGEST_NUMBER)

  /** @param text whole lines, each with its newline. */
  constructor(text: Uint8Array) {
    const prefixes: number[] = []
    const lengths: number[] = []
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf(NEWLINE, at)
      const value = text.lastIndexOf(SPACE, end) + 1
      prefixes.push(value - at)
      lengths.push(end - value)
      at = end + 1
    }
    this.lines = prefixes.length
    this.#prefixes = Uint32Array.from(prefixes)
    this.#lengths = Uint8Array.from(lengths)
    this.#bytes = new Uint8Array(text.length + this.lines * LONGEST_NUMBER)
    this.#bytes.set(text)
    this.#length = text.length
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /**
   * Writes the values that differ from those before.
   *
   * @param first the index of the value of the first line in `values` and `before`.
   */
  update(values: Float64Array, before: Float64Array, first: number): void {
    let at = 0
    for (let line = 0; line < this.lines; line++) {
      at += this.#prefixes[line]!
      const value = values[first + line]!
      if (value !== before[first + line]!) this.#write(line, at, value)
      at += this.#lengths[line]! + 1
    }
  }

  #write(line: number, at: number, value: number): void {
    const length = writeNumber(value, this.#text)
    const growth = length - this.#lengths[line]!
    if (growth !== 0) {
      this.#bytes.copyWithin(at + length, at + length - growth, this.#length)
      this.#length += growth
      this.#lengths[line] = length
    }
    for (let index = 0; index < length; index++) this.#bytes[at + index] = this.#text[index]!
  }
}
