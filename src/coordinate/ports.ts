/**
 * What instances ask of the store they share: leases, claims of single slots, and who is there.
 *
 * A store answers or throws. An answer is the truth of one moment; a throw (time-out, lost connection, an answer nobody can
 * read) means that nothing is known: the request may or may not have been carried out. Nobody but the caller decides
 * what that means. Times are the store's own: it is told how long, never until when, so instances need no common clock.
 */
import type { Millis } from '../kernel/time.js'

/** What came of asking for a lease. */
export type LeaseAnswer =
  /** It was free, or had expired: it is the caller's for `ttl`, under an epoch that no holder had before. */
  | { readonly kind: 'granted'; readonly epoch: bigint }
  /** Somebody has it, also when the caller itself has it under this very holder id. */
  | { readonly kind: 'held'; readonly holder: string; readonly epoch: bigint }

export interface LeaseStore {
  /**
   * Takes a lease that is free or has expired. The epoch grows by at least one with every grant, for ever: it outlives
   * release, expiry and the holder. Not by exactly one: most stores take the time in milliseconds when that is higher.
   */
  acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal): Promise<LeaseAnswer>
  /**
   * Makes it last for another `ttl` from now; false when this holder has not got it under this epoch any more. The `ttl` is the
   * one it was acquired for: not all stores can make it longer.
   */
  renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean>
  /** Gives it back at once, and tells those who {@link watch}; false when it was not this holder's any more. */
  release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean>
  /**
   * Calls `onReleased` with the name of each lease that is given back, until the result is called. A hint that makes
   * hand-overs fast: it may be lost, doubled or late, and a watch that breaks is set up again without a word.
   */
  watch(onReleased: (lease: string) => void): Promise<() => void>
}

export interface ClaimStore {
  /**
   * Claims a slot (a tick of an entrypoint, by name) for this holder, if nobody has: true for exactly one caller. The
   * claim is kept for at least `keep`, whatever becomes of the holder. Asking again as the same holder gives the same answer.
   */
  claim(slot: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean>
}

export interface Member {
  /** Unique to a process start. */
  readonly id: string
  /** Share of the work it wants, relative to the others; 0 while it is draining. */
  readonly weight: number
}

export interface MemberStore {
  /** Says that this member is alive for `ttl` from now, and tells who is: itself among them. Sorted by id. */
  beat(member: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]>
  /** This member is gone. */
  leave(id: string, signal: AbortSignal): Promise<void>
}

export interface CoordinationStore extends LeaseStore, ClaimStore, MemberStore {
  /** `local`, `redis`, `postgres` or `etcd`. */
  readonly backend: string
  /** Requests that are still waiting may be rejected. Gives nothing back: that is for its users to do before. */
  close(): Promise<void>
}

export interface StoreOptions {
  readonly url: string
  /** Prefix of every name in the store: deployments that share a server do not see each other. Default `escapement`. */
  readonly namespace: string
  /** Something went wrong in the background (a connection that comes and goes); for the log. */
  readonly onTrouble: (error: Error) => void
}
