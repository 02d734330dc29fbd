/**
 * Delivers notifications to one receiver.
 *
 *     waiting --its turn--> sending --2xx--> sent
 *        |                  |  ^  |---4xx--> refused
 *        |                  v  |
 *        |               backing off (no answer, 5xx, 408, 425, 429)
 *        +--too many wait--> dropped                 any --stop--> lost
 *
 * 1. One request at a time, in the order in which the notifications came. The next one waits until the one before has ended.
 * 2. What was sent or refused is never sent again.
 * 3. A request without an answer is given up after 10 s. It is tried again after 1 s, 2 s, 4 s ... 5 min, for as long as it takes.
 * 4. At most 1,000 wait. Then the oldest one that is not being sent is dropped. Every notification ends as sent, refused, dropped or
 *    lost, and is counted.
 * 5. At the end of the process what waits is tried at once, and again each 250 ms, for a bounded time. What then still waits is lost.
 */
import type { Clock } from '../../kernel/clock.js'
import type { NotificationResult } from '../../kernel/notices.js'
import { type Micros, microsFromSeconds } from '../../kernel/time.js'

/** Sends one request. Resolves to the status of the answer. Rejects when there is none, or when `signal` is aborted. */
export type Post = (body: string, signal: AbortSignal) => Promise<number>

export interface DeliveryOptions {
  readonly clock: Pick<Clock, 'after' | 'sleep'>
  readonly post: Post
  readonly count: (result: NotificationResult) => void
  /** For the log: the first failure of a notification, and every notification that is not sent. */
  readonly onProblem: (text: string, error?: unknown) => void
}

const MOST_WAITING = 1_000
const ANSWER_WITHIN: Micros = microsFromSeconds(10)
const FIRST_BACKOFF: Micros = microsFromSeconds(1)
const LONGEST_BACKOFF: Micros = microsFromSeconds(300)
const LAST_BACKOFF: Micros = microsFromSeconds(0.25)

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #waiting: string[] = []
  readonly #stopping = new AbortController()
  /** Ends the wait between two requests when the process ends. */
  readonly #finishing = new AbortController()
  /** Resolves when nothing waits any more, or after the stop; undefined while nothing is sent. */
  #sending: Promise<void> | undefined

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  add(body: string): void {
    if (this.#finishing.signal.aborted || this.#stopping.signal.aborted) return
    if (this.#waiting.length === MOST_WAITING) {
      this.#waiting.shift()
      this.#options.count('dropped')
      this.#options.onProblem(`a notification was dropped: ${MOST_WAITING} wait for their receiver`)
    }
    this.#waiting.push(body)
    this.#sending ??= this.#sendAll()
  }

  /** Takes no more and sends what waits, for at most `within`. Resolves to the number of notifications that are lost. */
  async finish(within: Micros): Promise<number> {
    this.#finishing.abort()
    let lost = 0
    const cancel = this.#options.clock.after(within, () => {
      lost = this.stop()
    })
    await this.#sending
    cancel()
    return lost
  }

  /** Sends nothing more. Returns the number of notifications that are lost. */
  stop(): number {
    if (this.#stopping.signal.aborted) return 0
    const lost = this.#waiting.length + (this.#sending ? 1 : 0)
    this.#waiting.length = 0
    this.#stopping.abort()
    for (let count = 0; count < lost; count++) this.#options.count('lost')
    return lost
  }

  async #sendAll(): Promise<void> {
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift()) await this.#send(body)
    this.#sending = undefined
  }

  async #send(body: string): Promise<void> {
    const { clock, count, onProblem } = this.#options
    for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(backoff * 2, LONGEST_BACKOFF)) {
      if (this.#stopping.signal.aborted) return
      const answer = await this.#attempt(body)
      if (this.#stopping.signal.aborted) return
      if (typeof answer === 'number' && answer >= 200 && answer < 300) return count('sent')
      if (typeof answer === 'number' && isFinal(answer)) {
        onProblem(`the receiver refused a notification with status ${answer}`)
        return count('refused')
      }
      if (backoff === FIRST_BACKOFF) {
        const problem =
          typeof answer === 'number' ? `its receiver answered with status ${answer}` : 'its receiver did not answer'
        onProblem(`a notification is sent again later: ${problem}`, typeof answer === 'number' ? undefined : answer)
      }
      count('retried')
      const { signal } = this.#finishing
      if (signal.aborted) await clock.sleep(LAST_BACKOFF, this.#stopping.signal).catch(() => {})
      else await clock.sleep(backoff, AbortSignal.any([signal, this.#stopping.signal])).catch(() => {})
    }
  }

  /** The status, or the error when there is no answer. Never rejects. */
  async #attempt(body: string): Promise<number | Error> {
    const { clock, post } = this.#options
    const attempt = new AbortController()
    const end = () => attempt.abort(this.#stopping.signal.reason)
    this.#stopping.signal.addEventListener('abort', end)
    const cancel = clock.after(ANSWER_WITHIN, () => attempt.abort(new Error('no answer within 10 s')))
    try {
      return await post(body, attempt.signal)
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    } finally {
      cancel()
      this.#stopping.signal.removeEventListener('abort', end)
    }
  }
}

/** Another try would not help. */
function isFinal(status: number): boolean {
  return status >= 300 && status < 500 && ![408, 425, 429].includes(status)
}
