/**
 * The store on an etcd cluster (3.4 or newer).
 *
 * etcd decides by consensus: a confirmed write is never lost while the cluster exists. The epoch of a lease is this process's
 * clock in milliseconds when that is higher than the last epoch plus one, which a key of its own keeps for ever. So a cluster
 * that has lost its data, or was restored from a backup, does not use an epoch again. (Its revisions would begin anew.)
 *
 * It uses the JSON gateway instead of gRPC: four kinds of requests need no client library, and the existing libraries do not
 * report a lost lease reliably. A late request is harmless for the reasons given in redis-store.ts.
 */
import type { Clock } from '../../kernel/clock.js'
import { EscapementError } from '../../kernel/errors.js'
import { type Millis, microsFromMillis } from '../../kernel/time.js'
import { EtcdKeyValue } from '../key-value/etcd-key-value.js'
import type { KeyValueStore } from '../key-value/key-value.js'
import type { CoordinationStore, LeaseAnswer, Member, StoreClockReading, StoreOptions, StoreProblem } from '../ports.js'
import { type ClockReading, elapsed, readClocks } from '../timing.js'
import { type EtcdAddress, EtcdGateway, EtcdResponseError } from './etcd-gateway.js'
import { type EtcdLeaseId, grantEtcdLease, keepEtcdLeaseAlive, revokeEtcdLease } from './etcd-leases.js'
import {
  FOREIGN_LEASE,
  isMemberRecord,
  leaseValue,
  readEpochRecord,
  readLeaseRecord,
  UNREADABLE,
} from './etcd-records.js'
import {
  decode,
  hasValue,
  isCreatedAt,
  isModifiedAt,
  put,
  rangeOf,
  read,
  readAll,
  remove,
  type Transaction,
  transact,
} from './etcd-transaction.js'
import { RecordProblems } from './record-problems.js'
import { type ListenSession, ReleaseWatchers } from './release-watchers.js'
import { sortById } from './sort-by-id.js'

/** An etcd lease that several claims share. It lasts twice as long as they are kept and accepts claims in its first half. */
interface ClaimBucket {
  readonly etcdLease: EtcdLeaseId
  readonly openedAt: ClockReading
}

interface WatchAnswer {
  /** True in the answer that confirms the watch. */
  readonly created?: boolean
  /** Deletions only: the request filters out writes. */
  readonly events?: readonly { readonly kv: { readonly key: string } }[]
}

export class EtcdStore implements CoordinationStore {
  readonly backend = 'etcd'
  readonly values: KeyValueStore
  readonly #prefix: string
  readonly #clock: Clock
  readonly #gateway: EtcdGateway
  readonly #watchers: ReleaseWatchers
  readonly #records = new RecordProblems()
  /** Keyed by how long the claims are kept; rounded up to powers of two, so that there are few. */
  readonly #claimBuckets = new Map<Millis, ClaimBucket>()
  /** Keyed by the id of the member. */
  readonly #memberLeases = new Map<string, { readonly etcdLease: EtcdLeaseId; readonly ttl: Millis }>()

  constructor(address: EtcdAddress, { namespace, onError }: StoreOptions, clock: Clock) {
    this.#prefix = `${namespace}/`
    this.#clock = clock
    this.#gateway = new EtcdGateway(address, clock)
    this.values = new EtcdKeyValue({ namespace, gateway: this.#gateway, records: this.#records })
    this.#watchers = new ReleaseWatchers(clock, onError, (session) => this.#listen(session))
  }

  async acquire(
    lease: string,
    holder: string,
    ttl: Millis,
    signal: AbortSignal,
    above: bigint = 0n,
  ): Promise<LeaseAnswer> {
    for (;;) {
      // To read is cheap, and for a candidate the lease is almost always held. The transactions below decide.
      const { held, last } = await this.#readLease(lease, signal)
      if (held?.kind === 'ours') return { kind: 'held', holder: held.holder, epoch: held.epoch }
      const etcdLease = await grantEtcdLease(this.#gateway, ttl, signal)
      const epoch = highest(last.epoch + 1n, above + 1n, BigInt(Math.floor(this.#clock.wallNow())))
      const [key, epochKey] = [this.#leaseKey(lease), this.#epochKey(lease)]
      const { succeeded } = await this.#transact(
        held
          ? {
              compare: [isModifiedAt(key, held.revision)],
              success: [put(key, leaseValue(UNREADABLE, held.text), etcdLease)],
            }
          : {
              compare: [isCreatedAt(key, '0'), isModifiedAt(epochKey, last.revision)],
              success: [put(key, leaseValue(epoch, holder), etcdLease), put(epochKey, String(epoch))],
            },
        signal,
      )
      if (succeeded && !held) return { kind: 'granted', epoch }
      if (!succeeded) await revokeEtcdLease(this.#gateway, etcdLease, signal)
    }
  }

  /**
   * Reads the key first and then renews the etcd lease. Only the read needs a majority of the cluster. An etcd leader that is
   * cut off may still renew for a moment; the read before proves that it was not cut off for long.
   */
  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean> {
    const key = this.#leaseKey(lease)
    const { succeeded, found } = await this.#transact(
      { compare: [hasValue(key, leaseValue(epoch, holder))], success: [read(key)] },
      signal,
    )
    const etcdLease = found[0]?.lease
    return succeeded && etcdLease !== undefined && (await keepEtcdLeaseAlive(this.#gateway, etcdLease, ttl, signal))
  }

  async release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    const key = this.#leaseKey(lease)
    const { succeeded, found } = await this.#transact(
      { compare: [hasValue(key, leaseValue(epoch, holder))], success: [remove(key)] },
      signal,
    )
    const etcdLease = found[0]?.lease
    if (etcdLease !== undefined) await revokeEtcdLease(this.#gateway, etcdLease, signal)
    return succeeded
  }

  async holderOf(lease: string, signal: AbortSignal): Promise<string | undefined> {
    const { held } = await this.#readLease(lease, signal)
    return held?.kind === 'foreign' ? held.text : held?.holder
  }

  /** Also reports leases that have expired. */
  watch(onReleased: (lease: string) => void): Promise<() => void> {
    return this.#watchers.watch(onReleased)
  }

  /** Claims are kept for up to four times `atLeast`. */
  async claim(tick: string, holder: string, atLeast: Millis, signal: AbortSignal): Promise<boolean> {
    const key = `${this.#prefix}claim/${tick}`
    const keep = 2 ** Math.ceil(Math.log2(atLeast))
    const send = async () => {
      const bucket = await this.#bucketFor(keep, signal)
      const claim = put(key, holder, bucket.etcdLease)
      return {
        bucket,
        ...(await this.#transact({ compare: [isCreatedAt(key, '0')], success: [claim], failure: [read(key)] }, signal)),
      }
    }
    // A refusal is certain: the claim was not made. The etcd lease may have ended or been revoked, so try with a new one.
    const { bucket, succeeded, found } = await send().catch((error) => {
      if (!(error instanceof EtcdResponseError) || error.status >= 500) throw error
      this.#claimBuckets.delete(keep)
      return send()
    })
    if (!succeeded) return decode(found[0]!.value) === holder
    // The process may have been frozen since it checked the age of the bucket.
    if (this.#isOpen(bucket, keep)) return true
    throw new EscapementError('ERR_STORE_TTL', `the claim of ${tick} came too late to be kept for long enough`)
  }

  async heartbeat({ id, weight }: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    const etcdLease = await this.#memberLease(id, ttl, signal)
    const prefix = `${this.#prefix}member/`
    const { found } = await this.#transact(
      { compare: [], success: [put(prefix + id, String(weight), etcdLease), readAll(prefix)] },
      signal,
    )
    const members = found.filter((record) => {
      const isMember = isMemberRecord(record)
      this.#note(decode(record.key), !isMember, 'is no member: it is ignored, delete it')
      return isMember
    })
    return sortById(
      members.map(({ key, value }) => ({ id: decode(key).slice(prefix.length), weight: Number(decode(value)) })),
    )
  }

  async leave(id: string, signal: AbortSignal): Promise<void> {
    await this.#transact({ compare: [], success: [remove(`${this.#prefix}member/${id}`)] }, signal)
    const known = this.#memberLeases.get(id)
    this.#memberLeases.delete(id)
    if (known) await revokeEtcdLease(this.#gateway, known.etcdLease, signal)
  }

  /** The cluster decides by consensus and measures spans, so only its records are checked. */
  async check(): Promise<readonly StoreProblem[]> {
    return this.#records.list()
  }

  /** Of the node that answers. */
  async readClock(signal: AbortSignal): Promise<StoreClockReading | undefined> {
    const at = await this.#gateway.readDate(signal)
    return at === undefined ? undefined : { at, resolution: 1_000 }
  }

  async close(): Promise<void> {
    const closed = this.#watchers.close()
    this.#gateway.close()
    await closed
  }

  async #readLease(lease: string, signal: AbortSignal) {
    const [key, epochKey] = [this.#leaseKey(lease), this.#epochKey(lease)]
    const { found } = await this.#transact({ compare: [], success: [read(key), read(epochKey)] }, signal)
    const record = (name: string) => found.find((candidate) => decode(candidate.key) === name)
    const held = readLeaseRecord(record(key))
    const last = readEpochRecord(record(epochKey))
    this.#note(key, held?.kind === 'foreign' || (held?.kind === 'ours' && held.epoch === UNREADABLE), FOREIGN_LEASE)
    this.#note(epochKey, last.isDamaged, 'held a value that is no epoch: it is replaced')
    return { held, last }
  }

  #note(key: string, isDamaged: boolean, what: string): void {
    if (isDamaged) this.#records.report(key, what)
    else this.#records.clear(key)
  }

  #epochKey(lease: string): string {
    return `${this.#prefix}epoch/${lease}`
  }

  #leaseKey(lease: string): string {
    return `${this.#prefix}lease/${lease}`
  }

  #transact(transaction: Transaction, signal: AbortSignal) {
    return transact(this.#gateway, transaction, signal)
  }

  async #bucketFor(keep: Millis, signal: AbortSignal): Promise<ClaimBucket> {
    const current = this.#claimBuckets.get(keep)
    if (current && this.#isOpen(current, keep)) return current
    const openedAt = readClocks(this.#clock)
    const bucket = { etcdLease: await grantEtcdLease(this.#gateway, 2 * keep, signal), openedAt }
    this.#claimBuckets.set(keep, bucket)
    return bucket
  }

  #isOpen({ openedAt }: ClaimBucket, keep: Millis): boolean {
    return elapsed(openedAt, readClocks(this.#clock)) < microsFromMillis(keep)
  }

  async #memberLease(id: string, ttl: Millis, signal: AbortSignal): Promise<EtcdLeaseId> {
    const known = this.#memberLeases.get(id)
    if (known?.ttl === ttl && (await keepEtcdLeaseAlive(this.#gateway, known.etcdLease, ttl, signal)))
      return known.etcdLease
    const etcdLease = await grantEtcdLease(this.#gateway, ttl, signal)
    this.#memberLeases.set(id, { etcdLease, ttl })
    return etcdLease
  }

  async #listen({ onListening, onReleased, signal }: ListenSession): Promise<void> {
    const prefix = this.#leaseKey('')
    const request = { create_request: { ...rangeOf(prefix), filters: ['NOPUT'] } }
    for await (const { created, events } of this.#gateway.stream<WatchAnswer>('/v3/watch', request, signal)) {
      if (created) onListening()
      for (const { kv } of events ?? []) onReleased(decode(kv.key).slice(prefix.length))
    }
  }
}

function highest(...epochs: readonly bigint[]): bigint {
  return epochs.reduce((one, other) => (one > other ? one : other))
}
