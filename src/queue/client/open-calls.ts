/** Questions to the queue thread that have no answer yet. Each is answered once: by the thread, by its deadline or at the close. */
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { ToQueue } from '../thread/protocol.js'

export interface OpenCall<Answer> {
  /** Sent again to a new queue thread. */
  readonly message: ToQueue
  /** Read when it has passed: it may be later by then. */
  readonly giveUpAt: () => Micros
  readonly unanswered: Answer
  readonly done: (answer: Answer) => void
}

interface Entry<Answer> extends OpenCall<Answer> {
  cancel: () => void
}

export class OpenCalls<Answer> {
  readonly #clock: Clock
  readonly #calls = new Map<number, Entry<Answer>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(call: number, open: OpenCall<Answer>): void {
    const entry = { ...open, cancel: () => {} }
    this.#calls.set(call, entry)
    this.#arm(call, entry)
  }

  answer(call: number, answer: Answer): void {
    const entry = this.#calls.get(call)
    if (!entry) return
    this.#calls.delete(call)
    entry.cancel()
    entry.done(answer)
  }

  get messages(): readonly ToQueue[] {
    return [...this.#calls.values()].map(({ message }) => message)
  }

  giveUp(): void {
    for (const [call, { unanswered }] of [...this.#calls]) this.answer(call, unanswered)
  }

  #arm(call: number, entry: Entry<Answer>): void {
    entry.cancel = this.#clock.after(Math.max(0, entry.giveUpAt() - this.#clock.now()), () => {
      if (entry.giveUpAt() <= this.#clock.now()) this.answer(call, entry.unanswered)
      else this.#arm(call, entry)
    })
  }
}
