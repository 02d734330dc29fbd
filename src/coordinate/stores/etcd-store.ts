/**
 * The store on an etcd cluster (3.4 or newer).
 *
 * Decided by consensus: what was confirmed is never lost while the cluster lives. The epoch of a lease is the revision of the
 * store at which its key was created; revisions only grow, and no key has to be kept for that. A cluster restored from a backup
 * counts on from there, so restore it with `--bump-revision`.
 *
 * It talks to the JSON gateway, not over gRPC: four kinds of requests do not need a client library, and none of those there
 * are can be believed about a lease that was lost. A late request is harmless here too, for the reasons told in redis-store.ts.
 */
import type { Clock } from '../../kernel/clock.js'
import { EscapementError } from '../../kernel/errors.js'
import { type Millis, microsFromMillis } from '../../kernel/time.js'
import type { CoordinationStore, LeaseAnswer, Member, StoreOptions } from '../ports.js'
import { type ClockReading, elapsed, readClocks } from '../timing.js'
import { byId } from './by-id.js'
import { type EtcdAddress, EtcdGateway, EtcdRefusal } from './etcd-gateway.js'
import { type EtcdId, endLife, grantLife, prolongLife } from './etcd-leases.js'
import {
  decode,
  hasValue,
  isCreatedAt,
  put,
  rangeOf,
  read,
  readAll,
  remove,
  type Transaction,
  transact,
} from './etcd-transaction.js'
import { type ListenSession, Watchers } from './watchers.js'

/** A life span that claims share: it is twice as long as they are kept, and takes claims in its first half. */
interface Bucket {
  readonly life: EtcdId
  readonly since: ClockReading
}

interface WatchAnswer {
  /** Says that it is listening. */
  readonly created?: boolean
  /** Deletions only, as asked for. */
  readonly events?: readonly { readonly kv: { readonly key: string } }[]
}

export class EtcdStore implements CoordinationStore {
  readonly backend = 'etcd'
  readonly #prefix: string
  readonly #clock: Clock
  readonly #gateway: EtcdGateway
  readonly #watchers: Watchers
  /** By how long their claims are kept: powers of two, so that there are few. */
  readonly #buckets = new Map<Millis, Bucket>()
  /** By id of the member. */
  readonly #memberLives = new Map<string, { readonly life: EtcdId; readonly ttl: Millis }>()

  constructor(address: EtcdAddress, { namespace, onTrouble }: StoreOptions, clock: Clock) {
    this.#prefix = `${namespace}/`
    this.#clock = clock
    this.#gateway = new EtcdGateway(address)
    this.#watchers = new Watchers(clock, onTrouble, (session) => this.#listen(session))
  }

  async acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal): Promise<LeaseAnswer> {
    const key = this.#leaseKey(lease)
    // A look is cheap, and a candidate hardly ever sees more. What it sees may change: the transaction decides.
    const seen = await this.#transact({ compare: [], success: [read(key)] }, signal)
    const [held] = seen.found
    if (held) return { kind: 'held', holder: decode(held.value), epoch: BigInt(held.create_revision) }
    const life = await grantLife(this.#gateway, ttl, signal)
    const { succeeded, revision, found } = await this.#transact(
      { compare: [isCreatedAt(key, '0')], success: [put(key, holder, life)], failure: [read(key)] },
      signal,
    )
    if (succeeded) return { kind: 'granted', epoch: BigInt(revision) }
    await endLife(this.#gateway, life, signal)
    const [other] = found
    return { kind: 'held', holder: decode(other!.value), epoch: BigInt(other!.create_revision) }
  }

  /**
   * Looks first and prolongs then. Only the look is answered by a majority; a leader that has been cut off may still
   * prolong for a moment, and after the look it cannot have been cut off for long.
   */
  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean> {
    const key = this.#leaseKey(lease)
    const { succeeded, found } = await this.#transact(
      { compare: [isCreatedAt(key, String(epoch)), hasValue(key, holder)], success: [read(key)] },
      signal,
    )
    const life = found[0]?.lease
    return succeeded && life !== undefined && (await prolongLife(this.#gateway, life, ttl, signal))
  }

  async release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    const key = this.#leaseKey(lease)
    const { succeeded, found } = await this.#transact(
      { compare: [isCreatedAt(key, String(epoch)), hasValue(key, holder)], success: [remove(key)] },
      signal,
    )
    const life = found[0]?.lease
    if (life !== undefined) await endLife(this.#gateway, life, signal)
    return succeeded
  }

  /** Hears of expired leases too. */
  watch(onReleased: (lease: string) => void): Promise<() => void> {
    return this.#watchers.watch(onReleased)
  }

  /** Kept for up to four times as long as asked for. */
  async claim(slot: string, holder: string, atLeast: Millis, signal: AbortSignal): Promise<boolean> {
    const key = `${this.#prefix}claim/${slot}`
    const keep = 2 ** Math.ceil(Math.log2(atLeast))
    const bucket = await this.#bucketFor(keep, signal)
    const { succeeded, found } = await this.#transact(
      { compare: [isCreatedAt(key, '0')], success: [put(key, holder, bucket.life)], failure: [read(key)] },
      signal,
    ).catch((error) => {
      if (error instanceof EtcdRefusal) this.#buckets.delete(keep)
      throw error
    })
    if (!succeeded) return decode(found[0]!.value) === holder
    // The process may have been frozen since it looked at the age of the bucket.
    if (this.#isOpen(bucket, keep)) return true
    throw new EscapementError('ERR_STORE_TTL', `the claim of ${slot} came too late to be kept for long enough`)
  }

  async beat({ id, weight }: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    const life = await this.#memberLife(id, ttl, signal)
    const prefix = `${this.#prefix}member/`
    const { found } = await this.#transact(
      { compare: [], success: [put(prefix + id, String(weight), life), readAll(prefix)] },
      signal,
    )
    return byId(
      found.map(({ key, value }) => ({ id: decode(key).slice(prefix.length), weight: Number(decode(value)) })),
    )
  }

  async leave(id: string, signal: AbortSignal): Promise<void> {
    await this.#transact({ compare: [], success: [remove(`${this.#prefix}member/${id}`)] }, signal)
    const known = this.#memberLives.get(id)
    this.#memberLives.delete(id)
    if (known) await endLife(this.#gateway, known.life, signal)
  }

  async close(): Promise<void> {
    await this.#watchers.close()
  }

  #leaseKey(lease: string): string {
    return `${this.#prefix}lease/${lease}`
  }

  #transact(transaction: Transaction, signal: AbortSignal) {
    return transact(this.#gateway, transaction, signal)
  }

  async #bucketFor(keep: Millis, signal: AbortSignal): Promise<Bucket> {
    const current = this.#buckets.get(keep)
    if (current && this.#isOpen(current, keep)) return current
    const since = readClocks(this.#clock)
    const bucket = { life: await grantLife(this.#gateway, 2 * keep, signal), since }
    this.#buckets.set(keep, bucket)
    return bucket
  }

  #isOpen({ since }: Bucket, keep: Millis): boolean {
    return elapsed(since, readClocks(this.#clock)) < microsFromMillis(keep)
  }

  async #memberLife(id: string, ttl: Millis, signal: AbortSignal): Promise<EtcdId> {
    const known = this.#memberLives.get(id)
    if (known?.ttl === ttl && (await prolongLife(this.#gateway, known.life, ttl, signal))) return known.life
    const life = await grantLife(this.#gateway, ttl, signal)
    this.#memberLives.set(id, { life, ttl })
    return life
  }

  async #listen({ onUp, onReleased, signal }: ListenSession): Promise<void> {
    const prefix = this.#leaseKey('')
    const request = { create_request: { ...rangeOf(prefix), filters: ['NOPUT'] } }
    try {
      for await (const { created, events } of this.#gateway.follow<WatchAnswer>('/v3/watch', request, signal)) {
        if (created) onUp()
        for (const { kv } of events ?? []) onReleased(decode(kv.key).slice(prefix.length))
      }
    } catch (error) {
      // Nothing was released for five minutes.
      if (!isQuietTimeout(error)) throw error
    }
  }
}

function isQuietTimeout(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'UND_ERR_BODY_TIMEOUT'
}
