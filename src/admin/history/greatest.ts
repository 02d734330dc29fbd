/** Finds the smallest of the `count` greatest numbers among many, in little memory. */
export class Greatest {
  readonly #count: number
  /** The greatest so far, and as many that have not been compared with them. */
  readonly #kept: Float64Array
  #size = 0
  /** Smaller numbers are not among the greatest. */
  #least = Number.NEGATIVE_INFINITY

  /** @param count at least 1. */
  constructor(count: number) {
    this.#count = count
    this.#kept = new Float64Array(2 * count)
  }

  add(value: number): void {
    if (value < this.#least) return
    this.#kept[this.#size++] = value
    if (this.#size === this.#kept.length) this.#cut()
  }

  /** -Infinity: there are not more than `count` numbers. */
  get least(): number {
    if (this.#size > this.#count) this.#cut()
    return this.#least
  }

  #cut(): void {
    this.#kept.subarray(0, this.#size).sort()
    this.#kept.copyWithin(0, this.#size - this.#count, this.#size)
    this.#size = this.#count
    this.#least = this.#kept[0]!
  }
}
