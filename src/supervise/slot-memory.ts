/**
 * Which slots this instance has asked for, by the number of their tick: when the wall clock is set back, due moments come
 * again under the same names, and this instance's own claims would let it run them twice.
 */

/** Enough for a 100 ms timer to be set back by a quarter of an hour; what is forgotten is still claimed in the store. */
const KEPT = 10_000

export class SlotMemory {
  /** In the order in which they were first asked for. */
  readonly #sequences = new Map<string, number>()

  /** The slot was asked for by another tick than this one. The same tick may ask again. */
  isRepeated(slot: string, sequence: number): boolean {
    const known = this.#sequences.get(slot)
    if (known !== undefined) return known !== sequence
    this.#sequences.set(slot, sequence)
    if (this.#sequences.size > KEPT) this.#sequences.delete(this.#sequences.keys().next().value!)
    return false
  }
}
