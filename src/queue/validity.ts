/**
 * Until when this instance certainly holds each of its tickets, in memory that the main thread and the queue thread share.
 *
 * The queue thread writes after each renewal; the main thread reads. What is not renewed becomes invalid by time alone, also when
 * the queue thread has died. A ticket has a slot from its taking to its settlement; the queue thread assigns it.
 */
import type { Micros } from '../kernel/time.js'

/** More than any machine has threads. */
export const SLOTS = 4_096

export class Validity {
  readonly buffer: SharedArrayBuffer
  /** Ends on the monotonic clock. Atomic, because a number of 8 bytes must not be read half written. */
  readonly #ends: BigInt64Array

  constructor(buffer = new SharedArrayBuffer(SLOTS * 8)) {
    this.buffer = buffer
    this.#ends = new BigInt64Array(buffer)
  }

  write(slot: number, until: Micros): void {
    Atomics.store(this.#ends, slot, BigInt(Math.floor(until)))
  }

  read(slot: number): Micros {
    return Number(Atomics.load(this.#ends, slot))
  }
}
