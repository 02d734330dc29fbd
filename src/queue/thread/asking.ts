/** Sends requests to the store: each with a deadline, and some of them repeatedly until there is an answer. */
import { answerWithin } from '../../coordinate/stores/with-deadline.js'
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { Trouble } from './trouble.js'

const FIRST_PAUSE: Micros = 50_000
const LONGEST_PAUSE: Micros = 1_000_000
/** The longest time that one request may take before it is sent again. */
const LONGEST_REQUEST: Micros = 5_000_000

export class Asking {
  readonly clock: Clock
  readonly #trouble: Trouble

  constructor(clock: Clock, trouble: Trouble) {
    this.clock = clock
    this.#trouble = trouble
  }

  /** Sends one request. Rejects when it fails or has no answer after `within`. */
  async once<Answer>(within: Micros, request: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await answerWithin(this.clock, within, request)
      this.#trouble.answered()
      return answer
    } catch (error) {
      this.#trouble.failed(error)
      throw error
    }
  }

  /**
   * Repeats a request, with growing pauses, until there is an answer. Resolves to undefined when there is none before `giveUpAt`. That
   * moment may move while this waits, so it is read before each request.
   */
  async untilAnswered<Answer>(giveUpAt: () => Micros, request: () => Promise<Answer>): Promise<Answer | undefined> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const left = giveUpAt() - this.clock.now()
      if (left <= 0) return undefined
      try {
        return await this.once(Math.min(left, LONGEST_REQUEST), request)
      } catch {
        await this.clock.sleep(Math.max(0, Math.min(pause, giveUpAt() - this.clock.now())))
      }
    }
  }

  /** Repeats a request, with a pause of `every` after each answer or failure, until the signal aborts. Failures only become trouble. */
  async regularly(every: Micros, signal: AbortSignal, request: () => Promise<unknown>): Promise<void> {
    while (!signal.aborted) {
      await this.once(Math.max(every, 1_000_000), request).catch(() => {})
      await this.clock.sleep(every, signal).catch(() => {})
    }
  }
}
