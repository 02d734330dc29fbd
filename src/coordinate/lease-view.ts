/** Reads a lease from the memory that all threads share. */
import { type Lease, LeaseLostError } from '../kernel/lease.js'
import type { Micros, Millis } from '../kernel/time.js'
import type { LeaseBlock } from './lease-block.js'

export interface LeaseClock {
  now(): Micros
  wallNow(): Millis
}

/** The lease under its current epoch. */
export class LeaseView implements Lease {
  readonly name: string
  readonly #index: number
  readonly #block: LeaseBlock
  readonly #clock: LeaseClock

  constructor(name: string, index: number, block: LeaseBlock, clock: LeaseClock) {
    this.name = name
    this.#index = index
    this.#block = block
    this.#clock = clock
  }

  get fencingToken(): bigint {
    return this.#block.epoch(this.#index)
  }

  get isHeld(): boolean {
    // The monotonic clock first: see readClocks.
    const now = this.#clock.now()
    return this.#block.isHeld(this.#index, now, this.#clock.wallNow())
  }

  assertHeld(): void {
    if (!this.isHeld) throw new LeaseLostError(this.name, this.fencingToken)
  }

  /** The lease for one run: it counts as lost as soon as the epoch changes. */
  forCurrentEpoch(): Lease {
    return new RunLease(this, this.fencingToken)
  }
}

class RunLease implements Lease {
  readonly fencingToken: bigint
  readonly #view: LeaseView

  constructor(view: LeaseView, fencingToken: bigint) {
    this.#view = view
    this.fencingToken = fencingToken
  }

  get name(): string {
    return this.#view.name
  }

  get isHeld(): boolean {
    return this.#view.isHeld && this.#view.fencingToken === this.fencingToken
  }

  assertHeld(): void {
    if (!this.isHeld) throw new LeaseLostError(this.name, this.fencingToken)
  }
}
