/**
 * Takes tickets of one service while the main thread has room for them: one after the other, and one more in the request of a settlement.
 *
 *   T1. Never more tickets are taken than there is room for. With its room the main thread says how many tickets it had heard of when it
 *       counted (`seen`). So `seen + room` tickets may be taken in all; those that it had not heard of yet use up room.
 *   T2. After the signal has aborted, no take begins. A ticket that a take in progress still brings is passed on, to be returned.
 */
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { RunQueue, TakenTicket } from '../run-queue.js'

/** Between a take that failed and the next one. */
const PAUSE_AFTER_FAILURE: Micros = 200_000

export interface TakeLoopOptions {
  readonly service: string
  readonly queue: Pick<RunQueue, 'take'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Returns whether the main thread hears of the ticket. */
  readonly onTaken: (taken: TakenTicket) => boolean
  readonly onError: (error: unknown) => void
}

export class TakeLoop {
  readonly #options: TakeLoopOptions
  /** Tickets that were taken so far and that the main thread hears of. */
  #taken = 0
  /** How many tickets may be taken in all. */
  #allowed = 0
  /** A take is in progress. */
  #isTaking = false
  /** Settlements in progress that may take another ticket in the same request. */
  #reserved = 0
  #wake = () => {}
  readonly ended: Promise<void>

  constructor(options: TakeLoopOptions) {
    this.#options = options
    options.signal.addEventListener('abort', () => this.#wake(), { once: true })
    this.ended = this.#run()
  }

  /** @param seen how many tickets of this loop the main thread had heard of when it counted its room. */
  setRoom(room: number, seen: number): void {
    this.#allowed = seen + room
    this.#wake()
  }

  /** Keeps room for a ticket that a settlement may take; returns false when there is no room. Call {@link fill} when it is answered. */
  reserve(): boolean {
    if (this.#options.signal.aborted || !this.#hasRoom) return false
    this.#reserved++
    return true
  }

  /** Ends a reservation with the ticket that the settlement took, or with undefined when it took none. */
  fill(taken: TakenTicket | undefined): void {
    this.#reserved--
    if (taken) this.#took(taken)
    else this.#wake()
  }

  get #hasRoom(): boolean {
    return this.#taken + this.#reserved + (this.#isTaking ? 1 : 0) < this.#allowed
  }

  #took(taken: TakenTicket): void {
    if (this.#options.onTaken(taken)) this.#taken++
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
