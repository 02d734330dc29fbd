/**
 * The calls to the queue thread that have no answer yet. Each is answered once: by the thread, or with `unanswered` after its deadline or
 * by `giveUp`.
 *
 * One timer serves all calls, because nearly every call is answered long before its deadline. It fires at the earliest deadline that
 * was known when it was set.
 */
import type { Clock } from '../../kernel/clock.js'
import { SmallMap } from '../../kernel/small-map.js'
import type { Micros } from '../../kernel/time.js'
import type { ToQueue } from '../thread/protocol.js'

export interface OpenCall<Answer> {
  /** The message that asks. A new queue thread is sent it again. */
  readonly message: ToQueue
  /** The deadline on the monotonic clock. It may move to a later moment, so it is read again when it has passed. */
  readonly giveUpAt: () => Micros
  /** The answer when there was none in time. */
  readonly unanswered: Answer
  readonly done: (answer: Answer) => void
}

export class OpenCalls<Answer> {
  readonly #clock: Clock
  readonly #calls = new SmallMap<number, OpenCall<Answer> & { readonly call: number }>()
  #lookAt: Micros = Number.POSITIVE_INFINITY
  #cancelLook = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(call: number, open: OpenCall<Answer>): void {
    this.#calls.add(call, { ...open, call })
    this.#lookBy(open.giveUpAt())
  }

  answer(call: number, answer: Answer): void {
    const open = this.#calls.get(call)
    if (!open) return
    this.#calls.delete(call)
    open.done(answer)
  }

  get messages(): readonly ToQueue[] {
    return [...this.#calls.values()].map(({ message }) => message)
  }

  giveUp(): void {
    this.#cancelLook()
    for (const { call, unanswered } of [...this.#calls.values()]) this.answer(call, unanswered)
  }

  #lookBy(moment: Micros): void {
    if (moment >= this.#lookAt) return
    this.#cancelLook()
    this.#lookAt = moment
    this.#cancelLook = this.#clock.after(Math.max(0, moment - this.#clock.now()), () => this.#look())
  }

  #look(): void {
    this.#lookAt = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const { call, giveUpAt, unanswered } of [...this.#calls.values()]) {
      const moment = giveUpAt()
      if (moment <= now) this.answer(call, unanswered)
      else next = Math.min(next, moment)
    }
    this.#lookBy(next)
  }
}
