import type { KeyValueStore } from '../../coordinate/key-value/key-value.js'

/** Is told of the leases that this instance gains and loses. */
export interface LeaseFollower {
  /** Called once the store is open. */
  opened(values: KeyValueStore): void
  gained(lease: string, epoch: bigint): void
  /** At a stop, the runs under the lease have ended. It is given back when this has resolved. Never rejects. */
  leaving(lease: string): Promise<void>
  lost(lease: string): void
}
