/**
 * Until when the method of each ticket may be called, by record of a {@link file://./thread-block.ts ThreadBlock}.
 *
 * The main thread writes the moment before it hands a run over, and another one when the ticket's lock was renewed or lost. The worker
 * thread reads it just before it calls the method. The lock ends by time alone, so a thread that was frozen meanwhile needs no message.
 *
 * Accessed atomically: a number of 8 bytes must not be read half written.
 */
import type { Micros } from '../kernel/time.js'
import { CALL_BEFORE, numberOf } from './block-layout.js'

export class TicketHolds {
  readonly #moments: BigInt64Array

  constructor(buffer: SharedArrayBuffer) {
    this.#moments = new BigInt64Array(buffer)
  }

  /** Writes that the method may be called only before this moment of the monotonic clock. Main thread. */
  write(record: number, callBefore: Micros): void {
    const moment = Math.min(Math.floor(callBefore), Number.MAX_SAFE_INTEGER)
    Atomics.store(this.#moments, numberOf(record) + CALL_BEFORE, BigInt(moment))
  }

  /**
   * Whether the method may be called now. The clock is read last: a thread that is frozen between the two readings does not take a
   * moment of before the freeze for the present.
   */
  isHeld(record: number, clock: { now(): Micros }): boolean {
    const callBefore = Number(Atomics.load(this.#moments, numberOf(record) + CALL_BEFORE))
    return clock.now() < callBefore
  }
}
