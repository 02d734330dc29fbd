/**
 * Takes tickets of one service while the main thread has room for them: one after the other, and with each settlement the next one.
 *
 *   T1. Never more are taken than there was room for: the main thread says how many tickets it had been told of when it counted
 *       its room, and what was taken since then, or is being taken, uses up the room that it did not know of.
 *   T2. After the end nothing is taken; a ticket that comes at the end is passed on, to be returned.
 */
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { RunQueue, TakenTicket } from '../run-queue.js'

const PAUSE_AFTER_FAILURE: Micros = 200_000

export interface TakeLoopOptions {
  readonly service: string
  readonly queue: Pick<RunQueue, 'take'>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onTaken: (taken: TakenTicket) => void
  readonly onError: (error: unknown) => void
}

export class TakeLoop {
  readonly #options: TakeLoopOptions
  #taken = 0
  #allowed = 0
  /** A take is in progress. */
  #isTaking = false
  /** Settlements in progress that may bring a ticket along. */
  #reserved = 0
  #wake = () => {}
  readonly ended: Promise<void>

  constructor(options: TakeLoopOptions) {
    this.#options = options
    options.signal.addEventListener('abort', () => this.#wake(), { once: true })
    this.ended = this.#run()
  }

  setRoom(room: number, seen: number): void {
    this.#allowed = seen + room
    this.#wake()
  }

  /** Keeps room for a ticket that a settlement may bring along; false: there is none. {@link fill} ends it. */
  reserve(): boolean {
    if (this.#options.signal.aborted || !this.#hasRoom) return false
    this.#reserved++
    return true
  }

  /** The ticket that a settlement brought along, if any. */
  fill(taken: TakenTicket | undefined): void {
    this.#reserved--
    if (taken) this.#took(taken)
    else this.#wake()
  }

  get #hasRoom(): boolean {
    return this.#taken + this.#reserved + (this.#isTaking ? 1 : 0) < this.#allowed
  }

  #took(taken: TakenTicket): void {
    this.#taken++
    this.#options.onTaken(taken)
  }

  async #run(): Promise<void> {
    const { service, queue, clock, signal, onError } = this.#options
    while (!signal.aborted) {
      if (!this.#hasRoom) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      try {
        this.#isTaking = true
        const taken = await queue.take(service, signal)
        this.#isTaking = false
        if (taken) this.#took(taken)
      } catch (error) {
        this.#isTaking = false
        onError(error)
        await clock.sleep(PAUSE_AFTER_FAILURE, signal).catch(() => {})
      }
    }
  }
}
