/**
 * A set of few values that come and go all the time, in the order in which they came.
 *
 * It is not a `Set`: one makes a new table after a few deletions, and the old table refers to the new one. Once V8 has moved one
 * table to the old space, every later one follows it there, and stays until the whole old space is collected. The table of a
 * thread's runs alone left 165 bytes a tick behind.
 *
 * `add` takes constant time, `delete` time in proportion to the values that came before, so it suits what ends about in the order
 * in which it began.
 */
export class SmallSet<Value> {
  readonly #values: Value[] = []

  get size(): number {
    return this.#values.length
  }

  /** Adds a value that is not in the set. */
  add(value: Value): void {
    this.#values.push(value)
  }

  /** False: the value was not in the set. */
  delete(value: Value): boolean {
    const at = this.#values.indexOf(value)
    if (at < 0) return false
    this.#values.splice(at, 1)
    return true
  }

  /** Oldest first. Copy the values before you delete any of them while you go through them. */
  [Symbol.iterator](): IterableIterator<Value> {
    return this.#values.values()
  }
}
