/**
 * Takes tickets of one service, one after the other, while the main thread has room for them.
 *
 *   T1. Never more are taken than there was room for: the main thread says how many tickets it had been told of when it counted
 *       its room, and what was taken since then uses up the room that it did not know of.
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

  async #run(): Promise<void> {
    const { service, queue, clock, signal, onTaken, onError } = this.#options
    while (!signal.aborted) {
      if (this.#taken >= this.#allowed) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      try {
        const taken = await queue.take(service, signal)
        if (!taken) continue
        this.#taken++
        onTaken(taken)
      } catch (error) {
        onError(error)
        await clock.sleep(PAUSE_AFTER_FAILURE, signal).catch(() => {})
      }
    }
  }
}
