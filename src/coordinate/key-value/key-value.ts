/**
 * The interface of the small key-value that the coordination store offers besides leases: for pauses, and for other facts of a
 * deployment that are few and small.
 *
 * Requests are answered like those of ports.ts: an answer was true at one moment, an error means that the result is unknown. A
 * write whose result is unknown is made safe by its condition: read the record, and write again under the version found.
 *
 * To notice changes, {@link KeyValueStore.list} again every few seconds: it is one short request, and reads nothing but the
 * records under the prefix.
 */

/** The version of a record that does not exist. */
export const NO_VERSION = '0'

export interface StoredValue {
  readonly key: string
  readonly value: string
  /**
   * Changes with every write; a key never has the same version twice, also not after it was deleted. Versions are compared for
   * equality only.
   */
  readonly version: string
  /** The highest fence of the writes of this record since it was created; 0 when no write had one. */
  readonly fence: bigint
}

export interface WriteCondition {
  /** Write only while the record has this version; {@link NO_VERSION}: only while there is none. Default: in any case. */
  readonly ifVersion?: string
  /**
   * The epoch of the lease under which the caller writes: the write is refused when the record was written under a higher one.
   * Range: 1 to 2^63 - 1. Default: none, then the record keeps the fence that it has. Deleting a record deletes its fence.
   */
  readonly fence?: bigint
}

/** Why a write was refused. Nothing was written. */
export type WriteRefusal =
  /** The record does not have the version `ifVersion`. */
  | { readonly kind: 'changed'; readonly found: StoredValue | undefined }
  /** The record was written under a higher epoch: the caller is no longer the leader. */
  | { readonly kind: 'fenced'; readonly found: StoredValue }

export type PutAnswer = { readonly kind: 'stored'; readonly version: string } | WriteRefusal

/** `deleted`: there is no record now, whether or not there was one. */
export type DeleteAnswer = { readonly kind: 'deleted' } | WriteRefusal

/**
 * Keys are `space/name`: 3 to 512 bytes in UTF-8, a space of 1 to 32 letters, digits, `_` or `-`, no control characters. Values
 * are texts of at most 4096 bytes in UTF-8 without the character U+0000. Each method throws a RangeError for anything else.
 *
 * A record that Escapement did not write reads as absent, is a problem of the store, and is replaced by the next write.
 */
export interface KeyValueStore {
  /** The record of a key; undefined when there is none. */
  get(key: string, signal: AbortSignal): Promise<StoredValue | undefined>
  /** All records whose keys begin with `prefix`, sorted by key. The prefix holds at least the space: `space/`. */
  list(prefix: string, signal: AbortSignal): Promise<readonly StoredValue[]>
  /** Writes a record and keeps it until it is deleted. Of the writers that pass the same `ifVersion`, one succeeds. */
  put(key: string, value: string, condition: WriteCondition, signal: AbortSignal): Promise<PutAnswer>
  delete(key: string, condition: WriteCondition, signal: AbortSignal): Promise<DeleteAnswer>
}
