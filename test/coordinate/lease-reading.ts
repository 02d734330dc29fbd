/** What the test of the lease block and its reader thread share. */
import type { LeaseBlock, PublishedLease } from '../../src/coordinate/lease-block.js'

export type WritableLease = Pick<LeaseBlock, 'buffer' | 'publish' | 'read'>

/** Writes are made in bursts of so many, without a pause between two writes of a burst. */
export const BURST = 1_000

export interface ReaderSetup {
  readonly buffer: SharedArrayBuffer
  readonly kind: 'lease-block' | 'unversioned'
  /** What the reader counts while it reads, and the word that ends it. */
  readonly progress: Int32Array
}

export interface ReaderVerdict {
  /** Reads that are no write as a whole, or an older write than the read before. */
  readonly mixtures: readonly string[]
  /** The number of the write that was read last. */
  readonly last: number
}

export const STOP = 0
/** Reads of another write than before, but of the same burst. */
export const READS_INSIDE_BURSTS = 1
export const MIXTURES = 2
export const PROGRESS_WORDS = 3

/** A lease of three words that are written and read one after the other: what the lease block must not be. */
export class UnversionedLease implements WritableLease {
  readonly buffer: SharedArrayBuffer
  readonly #words: BigInt64Array

  constructor(buffer = new SharedArrayBuffer(24)) {
    this.buffer = buffer
    this.#words = new BigInt64Array(buffer)
  }

  publish(_lease: number, epoch: bigint, until: number, wallUntil: number): void {
    Atomics.store(this.#words, 0, epoch)
    Atomics.store(this.#words, 1, BigInt(until))
    Atomics.store(this.#words, 2, BigInt(wallUntil))
  }

  read(): PublishedLease {
    const [epoch, until, wallUntil] = [0, 1, 2].map((word) => Atomics.load(this.#words, word)) as [
      bigint,
      bigint,
      bigint,
    ]
    return { epoch, until: Number(until), wallUntil: Number(wallUntil) }
  }
}
