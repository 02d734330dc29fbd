/**
 * Renders once for all who ask together.
 *
 *     idle -- asked --> queued -- the turn of the event loop ends --> rendering -- it ends --> idle
 *                         ^                                            |
 *                         +---------- asked, when it ends -------------+
 *
 * 1. Whoever asks gets a rendering that began after the question: what it shows is never older.
 * 2. There is at most one rendering at a time, and at most one is queued.
 * 3. A rendering that fails does so for those who asked for it, and for nobody later.
 */
import { realImmediate } from '../../kernel/clock.js'

export class SharedRendering<Text> {
  readonly #render: () => Promise<Text>
  /** The one that has not begun. */
  #queued: Promise<Text> | undefined
  /** Resolves when the one that has begun has ended. Never rejects. */
  #ended: Promise<void> = Promise.resolve()

  constructor(render: () => Promise<Text>) {
    this.#render = render
  }

  /** Resolves, or rejects, as the next rendering does. */
  next(): Promise<Text> {
    this.#queued ??= this.#renderNext()
    return this.#queued
  }

  async #renderNext(): Promise<Text> {
    await Promise.all([this.#ended, endOfTurn()])
    this.#queued = undefined
    const rendering = this.#render()
    this.#ended = rendering.then(
      () => {},
      () => {},
    )
    return rendering
  }
}

/** Requests that have come at the same time are all read in the same turn. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve))
}
