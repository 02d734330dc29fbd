/**
 * Leases in memory that all threads share: the epoch under which this process holds each lease, and until when.
 *
 * The main thread writes; worker threads read without sending a message, even in a loop that never yields. A lease that is
 * not renewed becomes invalid by time alone: no thread has to do anything for that.
 *
 * One lease is eight words of 8 bytes, a cache line:
 *
 *   0        version, bumped after each write (the lower 4 bytes of the word)
 *   1 2 3    epoch, end on the monotonic clock (µs), end on the wall clock (ms): the copy of even versions
 *   4 5 6    the same: the copy of odd versions
 *   7        unused
 *
 * The writer fills the copy that is not current and then bumps the version, which makes that copy current. A reader that
 * finds the version unchanged after reading the current copy has read exactly one write: the copy is not written again
 * before the version has changed. Unlike with a plain sequence lock, no reader ever waits for a writer that was suspended
 * half-way. This is the sequence counter latch of the Linux kernel (Documentation/locking/seqlock.rst, "Latch sequence
 * counters"). Every access is atomic, because JavaScript orders only atomic accesses between threads.
 */
import type { Micros, Millis } from '../kernel/time.js'

/** The data of one lease. */
export interface PublishedLease {
  /** 0 before this process first held the lease. Kept after a loss: storage can refuse late writes by it. */
  readonly epoch: bigint
  /** The lease is held before this instant of the monotonic clock ... */
  readonly until: Micros
  /** ... and before this instant of the wall clock, which continues while the machine is suspended. */
  readonly wallUntil: Millis
}

/** The length of a lease in words of 8 bytes. */
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

  /** Allocates a block for `leases` leases, numbered from 0. None is held. */
  static withLeases(leases: number): LeaseBlock {
    return new LeaseBlock(new SharedArrayBuffer(leases * STRIDE * 8))
  }

  /** Writes that the lease is held under `epoch` until the earlier of two instants; fractions are cut off. Main thread only. */
  publish(lease: number, epoch: bigint, until: Micros, wallUntil: Millis): void {
    const version = this.#version(lease)
    const copy = copyOf(lease, version + 1)
    Atomics.store(this.#words, copy + EPOCH, epoch)
    Atomics.store(this.#words, copy + UNTIL, BigInt(Math.floor(until)))
    Atomics.store(this.#words, copy + WALL_UNTIL, BigInt(Math.floor(wallUntil)))
    Atomics.store(this.#versions, lease * STRIDE * 2, version + 1)
  }

  /** The latest complete write. */
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

  /** Whether this process holds the lease at a moment. Callers read the monotonic clock first: see `readClocks`. */
  isHeld(lease: number, now: Micros, wallNow: Millis): boolean {
    const { epoch, until, wallUntil } = this.read(lease)
    return epoch !== 0n && now < until && wallNow < wallUntil
  }

  /** The fencing token under which this process holds or last held the lease; 0 when it never held it. */
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
