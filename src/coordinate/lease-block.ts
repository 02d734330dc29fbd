/**
 * Leases in memory that all threads share: which epoch this process holds each under, and until when.
 *
 * The main thread writes; worker threads look without asking anybody, also in a loop that never yields. A lease that
 * nobody renews runs out here by itself: no thread has to be awake for that.
 *
 * One lease is eight words of 8 bytes, a cache line:
 *
 *   0        version, bumped after each write (the lower 4 bytes of the word)
 *   1 2 3    epoch, end on the monotonic clock (µs), end on the wall clock (ms): the copy of even versions
 *   4 5 6    the same: the copy of odd versions
 *   7        unused
 *
 * The writer fills the copy that is not current and then bumps the version, which makes it current. A reader that finds
 * the version unchanged after it has read the current copy has read one write and no other: the copy is not written
 * to again before the version has moved on. Unlike behind a plain sequence lock, nobody ever waits for a writer that was
 * suspended half-way. This is the sequence counter latch of the Linux kernel (Documentation/locking/seqlock.rst, "Latch
 * sequence counters"). Every access is atomic: JavaScript orders no others between threads.
 */
import type { Micros, Millis } from '../kernel/time.js'

/** What is written of a lease. */
export interface PublishedLease {
  /** 0 before the lease was held for the first time. It stays when the lease is lost: it fences off what comes too late. */
  readonly epoch: bigint
  /** Held before this instant of the monotonic clock, ... */
  readonly until: Micros
  /** ... and before this one of the wall clock, which goes on while the machine is suspended. */
  readonly wallUntil: Millis
}

/** The length of a lease, in units of 8 bytes. */
const STRIDE = 8

const COPY = 3
const EPOCH = 0
const UNTIL = 1
const WALL_UNTIL = 2

export class LeaseBlock {
  readonly buffer: SharedArrayBuffer
  readonly #versions: Int32Array
  readonly #words: BigInt64Array

  /** Attaches to the memory of an existing block. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#versions = new Int32Array(buffer)
    this.#words = new BigInt64Array(buffer)
  }

  /** Leases are numbered from 0. None is held. */
  static withLeases(leases: number): LeaseBlock {
    return new LeaseBlock(new SharedArrayBuffer(leases * STRIDE * 8))
  }

  /** The lease is held under `epoch` until the earlier of two instants; fractions are cut off. Main thread. */
  publish(lease: number, epoch: bigint, until: Micros, wallUntil: Millis): void {
    const version = this.#version(lease)
    const copy = copyOf(lease, version + 1)
    Atomics.store(this.#words, copy + EPOCH, epoch)
    Atomics.store(this.#words, copy + UNTIL, BigInt(Math.floor(until)))
    Atomics.store(this.#words, copy + WALL_UNTIL, BigInt(Math.floor(wallUntil)))
    Atomics.store(this.#versions, lease * STRIDE * 2, version + 1)
  }

  /** The latest write, as a whole. */
  read(lease: number): PublishedLease {
    for (;;) {
      const version = this.#version(lease)
      const copy = copyOf(lease, version)
      const epoch = Atomics.load(this.#words, copy + EPOCH)
      const until = Atomics.load(this.#words, copy + UNTIL)
      const wallUntil = Atomics.load(this.#words, copy + WALL_UNTIL)
      if (this.#version(lease) === version) return { epoch, until: Number(until), wallUntil: Number(wallUntil) }
    }
  }

  /** Whether this process holds the lease at a moment. Read the monotonic clock first: see {@link readClocks}. */
  isHeld(lease: number, now: Micros, wallNow: Millis): boolean {
    const { epoch, until, wallUntil } = this.read(lease)
    return epoch !== 0n && now < until && wallNow < wallUntil
  }

  /** The fencing token: of the lease as it is held, or was held last; 0 before. */
  epoch(lease: number): bigint {
    return this.read(lease).epoch
  }

  #version(lease: number): number {
    return Atomics.load(this.#versions, lease * STRIDE * 2)
  }
}

function copyOf(lease: number, version: number): number {
  return lease * STRIDE + 1 + (version & 1) * COPY
}
