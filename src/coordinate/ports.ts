/**
 * The interface of the store that instances share: leases, claims of single ticks, members, and a small key-value
 * (key-value/key-value.ts).
 *
 * A store answers or throws. An answer was true at one moment. An error (timeout, lost connection, unreadable answer) means
 * that the result is unknown: the request may or may not have been carried out, and the caller decides what follows from
 * that. Requests contain durations, never instants, and the store applies its own clock: instances need no common clock.
 */
import type { Millis } from '../kernel/time.js'
import type { KeyValueStore } from './key-value/key-value.js'

/** The answer to a request for a lease. */
export type LeaseAnswer =
  /** The lease was free or had expired. The caller holds it for `ttl`, under an epoch that no holder had before. */
  | { readonly kind: 'granted'; readonly epoch: bigint }
  /** The lease is held, possibly by the caller itself under the same holder id. */
  | { readonly kind: 'held'; readonly holder: string; readonly epoch: bigint }

export interface LeaseStore {
  /**
   * Acquires a lease that is free or has expired. The epoch grows by at least one with every grant, and is kept through
   * release and expiry. It may grow by more: stores use the time in milliseconds when that is higher, so that a store that has
   * lost its data does not use an epoch again. `above` (default 0) is the highest epoch of this lease that the caller has
   * seen: the granted one is higher.
   */
  acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal, above?: bigint): Promise<LeaseAnswer>
  /**
   * Extends the lease to `ttl` from now; false when this holder no longer holds it under this epoch. Pass the `ttl` of
   * {@link acquire}: not all stores can use a longer one.
   */
  renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean>
  /** Releases the lease at once and notifies watchers (see {@link watch}); false when this holder no longer held it. */
  release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean>
  /**
   * Calls `onReleased` with the name of each released lease, until the result is called. Notifications only make hand-overs
   * faster: one may be lost, doubled or late. A broken watch is restored without an error.
   */
  watch(onReleased: (lease: string) => void): Promise<() => void>
}

export interface LeaseReader {
  /** The holder of a lease; undefined when the lease is free or has expired. Reading it does not acquire the lease. */
  holderOf(lease: string, signal: AbortSignal): Promise<string | undefined>
}

export interface ClaimStore {
  /**
   * Claims a tick (see `tickKey`) for this holder, unless another holder has claimed it: true for exactly one holder. The
   * store keeps the claim for at least `keep`, even if the holder ends. A second claim by the same holder gets the same answer.
   */
  claim(tick: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean>
}

export interface Member {
  /** Unique to one start of a process. */
  readonly id: string
  /** Share of the work that the member takes, relative to the others; 0 while it is draining. */
  readonly weight: number
}

export interface MemberStore {
  /** Marks the member as alive for `ttl` from now. Returns all members that are alive, including this one, sorted by id. */
  heartbeat(member: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]>
  /** Removes the member. */
  leave(id: string, signal: AbortSignal): Promise<void>
}

/** Something that the guarantees of a store rely on and that does not hold. */
export interface StoreProblem {
  /** What kind of problem it is, for example `eviction`. */
  readonly code: string
  /** A sentence that names the setting or the key, what was found there, and what to do. */
  readonly message: string
  /** While the problem lasts, the store must not be trusted: nobody leads, claims or owns anything through it. */
  readonly forbidsLeading: boolean
}

export interface StoreChecks {
  /**
   * Holds the store's settings and the records that it has returned lately against what its guarantees need; empty when all
   * is well. Takes one or two short requests. Rejects when the store does not answer: then nothing is known.
   */
  check(signal: AbortSignal): Promise<readonly StoreProblem[]>
}

export interface StoreClockReading {
  /** The store's wall clock, in milliseconds since 1970 ... */
  readonly at: Millis
  /** ... to which up to this much may have to be added. */
  readonly resolution: Millis
}

export interface StoreClock {
  /** Reads the store's wall clock; undefined when it is this machine's own. One short request. */
  readClock(signal: AbortSignal): Promise<StoreClockReading | undefined>
}

export interface CoordinationStore extends LeaseStore, LeaseReader, ClaimStore, MemberStore, StoreChecks, StoreClock {
  /** `local`, `redis`, `postgres` or `etcd`. */
  readonly backend: string
  /** A small key-value beside the leases. */
  readonly values: KeyValueStore
  /** Closes the connections; pending requests may reject. Releases no lease: the caller releases leases before. */
  close(): Promise<void>
}

export interface StoreOptions {
  readonly url: string
  /** Prefix of every name in the store. It separates deployments that share a server. */
  readonly namespace: string
  /** Whether a Redis server may evict keys: the setting `escapement.coordination.acceptEviction`. Default: false. */
  readonly acceptEviction?: boolean
  /** Called with errors outside of requests, for example a connection that broke; for the log. */
  readonly onError: (error: Error) => void
}
