/**
 * Collects the runs that are handed to one thread in one turn of the main thread, so that a herd travels in a few messages.
 *
 *   closed -- first run of a turn: sent at once --> open, up to 2 runs
 *   open, up to n -- n runs are waiting: sent together --> open, up to 2n
 *   open -- the turn is over: what waits is sent --> closed
 *   closed, open -- end --> ended
 *
 * 1. Runs are sent in the order in which they came, each once.
 * 2. The first run of a turn does not wait. Each message is at most twice as long as the one before, so the thread has work while
 *    the next one is collected.
 * 3. No run waits longer than the turn in which it came.
 * 4. After the end nothing is sent: what waits, or comes later, is dropped, for the runs end with their thread.
 */
import { realMicrotask } from '../kernel/clock.js'

/** Longer messages save nothing more. */
const LONGEST = 256

export class Outbox {
  readonly #send: (records: readonly number[]) => void
  #state: 'closed' | 'open' | 'ended' = 'closed'
  #waiting: number[] = []
  #limit = 1
  readonly #endTurn = () => {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#sendWaiting()
  }

  constructor(send: (records: readonly number[]) => void) {
    this.#send = send
  }

  add(record: number): void {
    if (this.#state === 'ended') return
    this.#waiting.push(record)
    if (this.#state === 'closed') {
      this.#state = 'open'
      this.#limit = 1
      realMicrotask(this.#endTurn)
    }
    if (this.#waiting.length < this.#limit) return
    this.#sendWaiting()
    this.#limit = Math.min(LONGEST, 2 * this.#limit)
  }

  end(): void {
    this.#state = 'ended'
    this.#waiting.length = 0
  }

  #sendWaiting(): void {
    if (this.#waiting.length === 0) return
    const records = this.#waiting
    this.#waiting = []
    this.#send(records)
  }
}
