/**
 * The problems of the store, as the queue thread tells them: one sentence each. Each is reported once, when it appears.
 *
 * While a new queue thread connects, the store has not answered yet. That is reported only if it still holds when the thread says that the
 * queue is open.
 */
import { EscapementError } from '../../kernel/errors.js'

export class QueueTrouble {
  readonly #onError: (error: Error) => void
  #sentences: readonly string[] = []
  #reported: ReadonlySet<string> = new Set()
  #isOpen = false

  constructor(onError: (error: Error) => void) {
    this.#onError = onError
  }

  get sentences(): readonly string[] {
    return this.#sentences
  }

  /** A new queue thread connects. What the thread before it told no longer counts. */
  connecting(): void {
    this.#sentences = []
    this.#isOpen = false
  }

  opened(): void {
    this.#isOpen = true
    this.#report()
  }

  told(sentences: readonly string[]): void {
    this.#sentences = sentences
    if (this.#isOpen) this.#report()
  }

  #report(): void {
    const found = this.#sentences.filter((sentence) => !this.#reported.has(sentence))
    this.#reported = new Set(this.#sentences)
    for (const sentence of found) this.#onError(new EscapementError('ERR_QUEUE_STORE', sentence))
  }
}
