/** A lease as jobs see it. */
import { EscapementError } from './errors.js'

/** What `lease.assertHeld()` throws. */
export class LeaseLostError extends EscapementError {
  /** By its code, not by its class: a module compiled to CommonJS on the fly has a copy of this class of its own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && (value as { code?: unknown }).code === 'ERR_LEASE_LOST'
  }

  constructor(name: string, fencingToken: bigint) {
    super('ERR_LEASE_LOST', `the lease "${name}" is not held (any more) under epoch ${fencingToken}`)
  }
}

/**
 * Whether this process holds a lease, asked of shared memory: the answer is of this very moment, also in a loop that never
 * yields. What is asked is a clock, not the store: a process that is frozen between the question and what it does next does
 * it late, whoever holds the lease by then. Only a storage that compares {@link fencingToken}s keeps that out.
 */
export interface Lease {
  readonly name: string
  /** The epoch: grows with every holder, for ever. Give it to the storage with every write. 0 before the first. */
  readonly fencingToken: bigint
  readonly isHeld: boolean
  /** @throws LeaseLostError when it is not held. */
  assertHeld(): void
}
