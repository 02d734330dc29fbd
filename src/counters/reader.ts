/**
 * Reads the counters while the main thread writes them, on any thread.
 *
 * Each row is copied by itself (copy-row.ts). To copy the whole memory at once fails often, because some row changes meanwhile.
 *
 * A row that is not consistent after many tries is tried again after all others: the main thread may have been
 * suspended by the kernel in the middle of a change, and must not be waited for. If it fails once more, the snapshot has the
 * values of the snapshot before. So values may be old, but are never mixed.
 */
import type { Catalogue } from './catalogue.js'
import { copyRow } from './copy-row.js'
import { type Layout, layoutOf, type RowKind, rowAt } from './layout.js'

/** The counters at one moment for each row. */
export class Snapshot {
  readonly #words: Float64Array
  readonly #layout: Layout
  /** Number of rows, over all snapshots of the reader so far, whose values were taken from the snapshot before. */
  readonly staleRows: number

  constructor(words: Float64Array, layout: Layout, staleRows: number) {
    this.#words = words
    this.#layout = layout
    this.staleRows = staleRows
  }

  /** The first word of a row. */
  at(kind: RowKind, index: number): number {
    return rowAt(this.#layout, kind, index)
  }

  word(at: number): number {
    return this.#words[at]!
  }
}

export class CounterReader {
  readonly #words: Float64Array
  readonly #sequence: Int32Array
  readonly #layout: Layout
  #last: Float64Array
  #staleRows = 0

  constructor(catalogue: Catalogue, memory: SharedArrayBuffer) {
    this.#words = new Float64Array(memory)
    this.#sequence = new Int32Array(memory)
    this.#layout = layoutOf(catalogue)
    this.#last = new Float64Array(this.#layout.words)
  }

  snapshot(): Snapshot {
    const into = new Float64Array(this.#layout.words)
    const again: [at: number, stride: number][] = []
    for (const { first, stride, count } of Object.values(this.#layout.rows)) {
      for (let row = 0; row < count; row++) {
        const at = first + row * stride
        if (!this.#copy(at, stride, into)) again.push([at, stride])
      }
    }
    for (const [at, stride] of again) {
      if (this.#copy(at, stride, into)) continue
      for (let word = at; word < at + stride; word++) into[word] = this.#last[word]!
      this.#staleRows++
    }
    this.#last = into
    return new Snapshot(into, this.#layout, this.#staleRows)
  }

  #copy(at: number, stride: number, into: Float64Array): boolean {
    return copyRow(this.#words, this.#sequence, at, stride, into, at)
  }
}
