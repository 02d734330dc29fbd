/**
 * A map of few entries that come and go all the time, in the order in which they came. It is not a `Map` for the reason that
 * {@link file://./small-set.ts} tells.
 *
 * `add` takes constant time, `get` and `delete` time in proportion to the entries that came before.
 */
export class SmallMap<Key, Value> {
  readonly #keys: Key[] = []
  readonly #values: Value[] = []

  get size(): number {
    return this.#keys.length
  }

  get(key: Key): Value | undefined {
    const at = this.#keys.indexOf(key)
    return at < 0 ? undefined : this.#values[at]
  }

  /** Adds a key that is not in the map. */
  add(key: Key, value: Value): void {
    this.#keys.push(key)
    this.#values.push(value)
  }

  delete(key: Key): void {
    const at = this.#keys.indexOf(key)
    if (at < 0) return
    this.#keys.splice(at, 1)
    this.#values.splice(at, 1)
  }

  /** Oldest first. Copy the values before you delete any of them while you go through them. */
  values(): IterableIterator<Value> {
    return this.#values.values()
  }
}
