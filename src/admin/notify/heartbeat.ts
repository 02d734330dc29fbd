/**
 * A dead-man's ping: it goes out for as long as everything is well, and a service outside raises the alarm when it stays away.
 *
 * 1. It is sent only when the main thread has answered that it is live, and nothing critical is wrong.
 * 2. A request that takes longer than the time to the next one, at most 10 s, is given up. It is not repeated: the next one comes anyway.
 */
import type { Clock } from '../../kernel/clock.js'
import type { HeartbeatResult } from '../../kernel/notices.js'
import { type Micros, microsFromSeconds } from '../../kernel/time.js'

export interface HeartbeatOptions {
  readonly clock: Pick<Clock, 'after'>
  readonly every: Micros
  /** Resolves when the receiver has answered with 2xx, else rejects. */
  readonly ping: (signal: AbortSignal) => Promise<void>
  /** What is wrong; undefined when nothing critical is. */
  readonly problem: () => Promise<string | undefined>
  readonly count: (result: HeartbeatResult) => void
  /** For the log: each change between sent, failed and withheld. */
  readonly onProblem: (text: string, error?: unknown) => void
}

const ANSWER_WITHIN: Micros = microsFromSeconds(10)

export class Heartbeat {
  readonly #options: HeartbeatOptions
  #cancel: () => void = () => {}
  #isStopped = false
  #last: HeartbeatResult = 'sent'

  /** The first ping is sent at once. */
  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#beat()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  #beat(): void {
    const { clock, every } = this.#options
    this.#cancel = clock.after(every, () => this.#beat())
    void this.#send()
  }

  async #send(): Promise<void> {
    const { problem, ping, clock, every } = this.#options
    const wrong = await problem()
    if (this.#isStopped) return
    if (wrong !== undefined) return this.#ended('withheld', `the heartbeat is withheld: ${wrong}`)
    const attempt = new AbortController()
    const cancel = clock.after(Math.min(every, ANSWER_WITHIN), () => attempt.abort(new Error('no answer in time')))
    try {
      await ping(attempt.signal)
      this.#ended('sent', 'the heartbeat is sent again')
    } catch (error) {
      this.#ended('failed', 'the heartbeat could not be sent', error)
    } finally {
      cancel()
    }
  }

  #ended(result: HeartbeatResult, text: string, error?: unknown): void {
    this.#options.count(result)
    if (result !== this.#last) this.#options.onProblem(text, error)
    this.#last = result
  }
}
