/** Limits how many bytes of text are held in all: when there are more, the texts that were held first are let go. */

/** Of the limit, what is left after texts were let go. To find the oldest one takes long: it is done for many at once. */
const LEFT = 0.9

/** Somebody who holds texts. */
export interface TextHolder {
  /** Lets the texts go. Called when they have to make room for newer ones. */
  letGo(): void
}

export class TextBudget {
  readonly #limit: number
  readonly #onLetGo: () => void
  /** In the order in which they began to hold. */
  readonly #held = new Map<TextHolder, number>()
  #bytes = 0

  /** @param onLetGo is called for each holder that had to let go. */
  constructor(limit: number, onLetGo: () => void) {
    this.#limit = limit
    this.#onLetGo = onLetGo
  }

  get bytes(): number {
    return this.#bytes
  }

  /** A holder has so many bytes now, and counts as the newest. */
  hold(holder: TextHolder, bytes: number): void {
    this.release(holder)
    this.#held.set(holder, bytes)
    this.#bytes += bytes
    if (this.#bytes <= this.#limit) return
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#limit * LEFT) return
      this.release(oldest)
      oldest.letGo()
      this.#onLetGo()
    }
  }

  /** A holder has nothing any more. */
  release(holder: TextHolder): void {
    this.#bytes -= this.#held.get(holder) ?? 0
    this.#held.delete(holder)
  }
}
