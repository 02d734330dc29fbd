/**
 * Writes one row of the counters. Only the main thread writes; any thread may read meanwhile (reader.ts).
 *
 *     even --begin--> odd --end--> even (two more than before)
 *
 * 1. The sequence word is odd while a change of several words is in progress; a reader that sees it odd, or sees it change,
 *    discards what it has read.
 * 2. A begun change stays begun until `end`: a second `begin` does nothing, so a change may be begun before the move that
 *    ends it.
 * 3. A word that means something by itself (a gauge) may be set outside of a change: 8 aligned bytes are written at once.
 *
 * Nothing here allocates.
 */
export class Row {
  readonly #words: Float64Array
  readonly #sequence: Int32Array
  #at: number
  /** Position of the sequence word, which is half of the first word of the row. */
  #sequenceAt: number

  /** @param words and sequence: two views of the whole memory. */
  constructor(words: Float64Array, sequence: Int32Array, at: number) {
    this.#words = words
    this.#sequence = sequence
    this.#at = at
    this.#sequenceAt = sequenceAt(at)
  }

  /** From now on it writes the row that begins at `at`. Call it outside of a change. */
  moveTo(at: number): void {
    this.#at = at
    this.#sequenceAt = sequenceAt(at)
  }

  /** Begins a change. Not a plain write: what follows must not become visible before it. */
  begin(): void {
    const at = this.#sequenceAt
    if ((this.#sequence[at]! & 1) === 0) Atomics.add(this.#sequence, at, 1)
  }

  /** Ends a change that was begun. */
  end(): void {
    const at = this.#sequenceAt
    if ((this.#sequence[at]! & 1) === 1) Atomics.add(this.#sequence, at, 1)
  }

  add(word: number, by: number): void {
    this.#words[this.#at + word]! += by
  }

  set(word: number, value: number): void {
    this.#words[this.#at + word] = value
  }

  get(word: number): number {
    return this.#words[this.#at + word]!
  }

  /** Adds one to a word. */
  count(word: number): void {
    this.begin()
    this.add(word, 1)
    this.end()
  }

  /** Adds an observation to the histogram that begins at `word`. Call it within a change. */
  observe(word: number, bounds: readonly number[], value: number): void {
    const last = bounds.length
    let bucket = 0
    while (bucket < last && value > bounds[bucket]!) bucket++
    this.add(word + bucket, 1)
    this.add(word + last + 1, value)
  }
}

/** Position of a row's sequence word among words of 4 bytes. */
export function sequenceAt(at: number): number {
  return 2 * at
}
