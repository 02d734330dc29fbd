/**
 * Questions to the main thread.
 *
 * The main thread may be blocked, so each question is waited for only so long. An answer that comes later is ignored.
 */

import type { ControlCommand, ControlResult } from '../kernel/control.js'
import type { Health } from '../kernel/health.js'
import { formatSpan, type Micros, microsFromMillis } from '../kernel/time.js'
import type { ThreadView } from '../kernel/view.js'
import type { FromAdmin, MainAnswer, MainQuestion } from '../observe/admin-protocol.js'
import type { MainSample } from '../observe/main-sample.js'
import { lasting } from './lasting.js'

export interface MainThreadOptions {
  readonly post: (message: FromAdmin) => void
  /** Calls back after a span; the result prevents that. */
  readonly after: (span: Micros, callback: () => void) => () => void
}

/** A main thread that does not answer for so long is not live. */
const HEALTH_WITHIN: Micros = microsFromMillis(5_000)
/** How long a scrape waits for the gauges that the main thread samples, and how long what it has sampled stands. */
const SAMPLE_WITHIN: Micros = microsFromMillis(50)
const SAMPLE_LASTS: Micros = microsFromMillis(1_000)
/** How long a question about the threads waits for the main thread, and how long the answer stands. */
const THREADS_WITHIN: Micros = microsFromMillis(1_000)
/** How long whoever gives a command waits to hear what it did. */
const COMMAND_WITHIN: Micros = microsFromMillis(5_000)

export class MainThread {
  readonly #options: MainThreadOptions
  readonly #asked = new Map<number, (answer: MainAnswer) => void>()
  #lastId = 0
  #sample: MainSample | undefined
  readonly #askSample: () => Promise<unknown>

  /**
   * The threads, as they were at most a second ago; undefined when the main thread does not answer in time. It is asked at most once a
   * second, however many look.
   */
  readonly threads: () => Promise<readonly ThreadView[] | undefined>

  constructor(options: MainThreadOptions) {
    this.#options = options
    this.#askSample = lasting(() => this.#ask({ about: 'sample' }, SAMPLE_WITHIN), SAMPLE_LASTS, options)
    const askThreads = async () => {
      const answer = await this.#ask({ about: 'threads' }, THREADS_WITHIN)
      return answer?.about === 'threads' ? answer.threads : undefined
    }
    this.threads = lasting(askThreads, THREADS_WITHIN, options)
  }

  answered(id: number, answer: MainAnswer): void {
    if (answer.about === 'sample') this.#sample = answer.sample
    this.#asked.get(id)?.(answer)
  }

  async health(): Promise<Health> {
    const answer = await this.#ask({ about: 'health' }, HEALTH_WITHIN)
    if (answer?.about === 'health') return answer.health
    const text = `the main thread has not answered for ${formatSpan(HEALTH_WITHIN)}`
    return { live: false, ready: false, problems: [{ kind: 'main_thread_silent', text }] }
  }

  /**
   * Makes the main thread write its gauges; resolves to its newest sample, or to an older one when it does not answer in time. It is
   * asked at most once a second, however many look: an answer takes a third of a millisecond of its time.
   */
  async sample(): Promise<MainSample | undefined> {
    await this.#askSample()
    return this.#sample
  }

  /** Carries out a command. Never rejects. */
  async control(command: ControlCommand): Promise<ControlResult> {
    const answer = await this.#ask({ about: 'command', command }, COMMAND_WITHIN)
    if (answer?.about === 'command') return answer.result
    const text = `the main thread has not answered for ${formatSpan(COMMAND_WITHIN)}: it is unknown whether it will ${command.action} ${command.entrypoint}`
    return { isDone: false, code: 'ERR_NO_ANSWER', text }
  }

  #ask(question: MainQuestion, within: Micros): Promise<MainAnswer | undefined> {
    return new Promise((resolve) => {
      const id = ++this.#lastId
      const end = (answer?: MainAnswer) => {
        this.#asked.delete(id)
        cancel()
        resolve(answer)
      }
      const cancel = this.#options.after(within, end)
      this.#asked.set(id, end)
      this.#options.post({ kind: 'question', id, ...question })
    })
  }
}
