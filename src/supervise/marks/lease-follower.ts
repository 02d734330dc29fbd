import type { KeyValueStore } from '../../coordinate/key-value/key-value.js'

/** A part of the engine that is told which leases this instance gains and loses. */
export interface LeaseFollower {
  /** Called when the coordination store is open, before any lease is gained. */
  opened(values: KeyValueStore): void
  gained(lease: string, epoch: bigint): void
  /** Called at a stop, when the runs under the lease have ended. The lease is given back when this has resolved. Never rejects. */
  leaving(lease: string): Promise<void>
  lost(lease: string): void
}
