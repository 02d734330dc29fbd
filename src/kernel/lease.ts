/** The interface through which a job looks at a lease. */
import { EscapementError } from './errors.js'

/** Thrown by `lease.assertHeld()` when this process does not hold the lease. */
export class LeaseLostError extends EscapementError {
  /** Compares the code, not the class: a module compiled to CommonJS on the fly has its own copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && (value as { code?: unknown }).code === 'ERR_LEASE_LOST'
  }

  constructor(name: string, fencingToken: bigint) {
    super('ERR_LEASE_LOST', `lease "${name}" is not held under epoch ${fencingToken}`)
  }
}

/**
 * Tells whether this process holds a lease. The answer comes from shared memory, so it is current even in a loop that never
 * yields. It compares the validity of the lease with the clock and does not ask the store: a process that is frozen just
 * after the check goes on late, when another process may hold the lease. Only a storage that compares
 * {@link fencingToken}s rejects such a late write.
 */
export interface Lease {
  readonly name: string
  /** The epoch of the lease, which grows with every new holder. Send it with every write. 0 before the first one. */
  readonly fencingToken: bigint
  readonly isHeld: boolean
  /** @throws LeaseLostError (`ERR_LEASE_LOST`) when this process does not hold the lease. */
  assertHeld(): void
}
