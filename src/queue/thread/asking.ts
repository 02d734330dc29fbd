/** Asks the store: each request with a deadline, some of them again until there is an answer. */
import { withDeadline } from '../../coordinate/stores/with-deadline.js'
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { Trouble } from './trouble.js'

const FIRST_PAUSE: Micros = 50_000
const LONGEST_PAUSE: Micros = 1_000_000
/** How long one request may take before it is sent again. */
const LONGEST_REQUEST: Micros = 5_000_000

export class Asking {
  readonly clock: Clock
  readonly #trouble: Trouble

  constructor(clock: Clock, trouble: Trouble) {
    this.clock = clock
    this.#trouble = trouble
  }

  /** Rejects when there is no answer in time. */
  async once<Answer>(within: Micros, request: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await withDeadline(this.clock, within, request)
      this.#trouble.answered()
      return answer
    } catch (error) {
      this.#trouble.failed(error)
      throw error
    }
  }

  /** Undefined when there is no answer before `giveUpAt`, which is read before each try. */
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

  /** Asks again and again with pauses between, until the signal aborts. Failures are only noted as trouble. */
  async regularly(every: Micros, signal: AbortSignal, request: () => Promise<unknown>): Promise<void> {
    while (!signal.aborted) {
      await this.once(Math.max(every, 1_000_000), request).catch(() => {})
      await this.clock.sleep(every, signal).catch(() => {})
    }
  }
}
