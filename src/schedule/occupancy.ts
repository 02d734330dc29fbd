/**
 * Which slots of the wheel hold a timer: one bit a slot, and one summary bit for every word of 32 slots that is not 0.
 *
 * `mark`, `clear` and `has` cost a few instructions. `next` looks at one word, then at one summary word for every 1024
 * slots: the only occupied slot of 1024 is found with two `Math.clz32`.
 */

/** Slots behind one summary word. A ring that starts on a multiple of it shares no summary word with its neighbour. */
export const SUMMARY_SPAN = 32 * 32

export class Occupancy {
  readonly #words: Int32Array
  readonly #summary: Int32Array

  constructor(slots: number) {
    this.#words = new Int32Array(Math.ceil(slots / 32))
    this.#summary = new Int32Array(Math.ceil(slots / SUMMARY_SPAN))
  }

  has(slot: number): boolean {
    return (this.#words[slot >> 5]! & (1 << slot)) !== 0
  }

  mark(slot: number): void {
    this.#words[slot >> 5]! |= 1 << slot
    this.#summary[slot >> 10]! |= 1 << (slot >> 5)
  }

  clear(slot: number): void {
    const word = slot >> 5
    this.#words[word]! &= ~(1 << slot)
    if (this.#words[word] === 0) this.#summary[slot >> 10]! &= ~(1 << word)
  }

  /** The first marked slot at or after `from`, or -1 when the spans that begin before `end` hold none. */
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

  /** Words whose summary bit is wrong: none, or this file has a fault. */
  brokenWords(): number[] {
    return [...this.#words.keys()].filter((word) => {
      const summarised = (this.#summary[word >> 5]! & (1 << word)) !== 0
      return summarised !== (this.#words[word] !== 0)
    })
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}
