/**
 * Answers requests that come together with one rendering.
 *
 *     idle -- asked --> queued -- the turn of the event loop ends --> rendering -- it ends --> idle
 *                         ^                                            |
 *                         +---------- asked, when it ends -------------+
 *
 * 1. A request gets a rendering that began after the request came: its values are never older than the request.
 * 2. There is at most one rendering at a time, and at most one is queued.
 * 3. When a rendering fails, the requests that share it fail, and no later ones.
 */
import { realImmediate } from '../../kernel/clock.js'

export class SharedRendering<Text> {
  readonly #render: () => Promise<Text>
  /** The rendering that has not begun. */
  #queued: Promise<Text> | undefined
  /** Resolves when the rendering that has begun has ended. Never rejects. */
  #ended: Promise<void> = Promise.resolve()

  constructor(render: () => Promise<Text>) {
    this.#render = render
  }

  /** Resolves or rejects as the next rendering does. */
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

/** Resolves at the end of the turn of the event loop: requests that have come at the same time are all read in one turn. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve))
}
