import type { KeyValueStore } from '../../coordinate/key-value/key-value.js'

/** What has to be known from the store before this instance leads or claims. */
export interface LeadingGate {
  /** Called once the store is open. */
  opened(values: KeyValueStore): void
  /** A lease is requested, or a tick claimed, only when this has resolved. Never rejects. */
  beforeLeading(signal: AbortSignal): Promise<void>
}
