/**
 * Which buckets of the wheel hold a timer: one bit a bucket, and one summary bit for each word of 32 bits that is not 0.
 *
 * `mark`, `clear` and `has` cost a few instructions. `next` looks at one word, then at one summary word for every 1024
 * buckets: the only occupied bucket of 1024 is found with two `Math.clz32`.
 */

/** Buckets behind one summary word. A level that starts on a multiple of it shares no summary word with its neighbour. */
export const SUMMARY_SPAN = 32 * 32

export class Occupancy {
  readonly #words: Int32Array
  readonly #summary: Int32Array

  constructor(buckets: number) {
    this.#words = new Int32Array(Math.ceil(buckets / 32))
    this.#summary = new Int32Array(Math.ceil(buckets / SUMMARY_SPAN))
  }

  has(bucket: number): boolean {
    return (this.#words[bucket >> 5]! & (1 << bucket)) !== 0
  }

  mark(bucket: number): void {
    this.#words[bucket >> 5]! |= 1 << bucket
    this.#summary[bucket >> 10]! |= 1 << (bucket >> 5)
  }

  clear(bucket: number): void {
    const word = bucket >> 5
    this.#words[word]! &= ~(1 << bucket)
    if (this.#words[word] === 0) this.#summary[bucket >> 10]! &= ~(1 << word)
  }

  /** The first marked bucket at or after `from`, or -1 when the spans that begin before `end` hold none. */
  next(from: number, end: number): number {
    let word = from >> 5
    const rest = this.#words[word]! & (-1 << from)
    if (rest !== 0) return (word << 5) + lowestBit(rest)

    let span = from >> 10
    // -2 << word and not -1 << (word + 1): a shift by 32 would be a shift by 0.
    let words = this.#summary[span]! & (-2 << word)
    while (words === 0) {
      if (++span * SUMMARY_SPAN >= end) return -1
      words = this.#summary[span]!
    }
    word = (span << 5) + lowestBit(words)
    return (word << 5) + lowestBit(this.#words[word]!)
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}
