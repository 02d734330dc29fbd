/**
 * Until when this instance certainly holds each of its tickets, in memory that the main thread and the queue thread share.
 *
 * The queue thread writes the moment at which a lock ends when it takes a ticket and after each renewal; the main thread reads it. When
 * the queue thread dies it renews no more locks, and the main thread notices by the clock alone that a moment has passed. The queue thread
 * assigns a slot to a ticket when it takes it, and frees the slot when the ticket is settled.
 */
import type { Micros } from '../kernel/time.js'

/** The most tickets that an instance can hold at a time: 195 threads with 21 each ({@link file://../kernel/tickets-on-thread.ts}). */
export const SLOTS = 4_096

export class Validity {
  readonly buffer: SharedArrayBuffer
  /** Of each slot: the end on the monotonic clock, in µs. Accessed atomically: a number of 8 bytes must not be read half written. */
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
