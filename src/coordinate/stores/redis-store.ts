/**
 * The store on a Redis server (5 or newer).
 *
 * Best effort: Redis confirms writes that it has not replicated, and expires keys by its wall clock. A fail-over to a replica
 * that was behind, a restart without persistence (`appendonly yes`, `appendfsync always` keeps everything) or a clock set
 * forward may end a lease early, so that another process acquires it. Epochs grow nevertheless, see redis-scripts.ts, so
 * effects that are checked by fencing token are safe.
 *
 * A request is sent at once or not at all: none is queued while there is no connection, and none is repeated on the next
 * connection. A request whose caller has given up may still be carried out. That is harmless: the caller treats a missing
 * answer as a failure; a lease granted that way expires, or its holder finds and releases it at the next attempt; a tick
 * claimed that way is skipped, not run twice.
 */
import { Redis, type RedisOptions } from 'ioredis'
import type { Clock } from '../../kernel/clock.js'
import { EscapementError } from '../../kernel/errors.js'
import type { Millis } from '../../kernel/time.js'
import type { KeyValueStore } from '../key-value/key-value.js'
import { RedisKeyValue } from '../key-value/redis-key-value.js'
import type { CoordinationStore, LeaseAnswer, Member, StoreClockReading, StoreOptions, StoreProblem } from '../ports.js'
import { untilAborted } from '../until-aborted.js'
import { RecordProblems } from './record-problems.js'
import type { RedisAddress } from './redis-address.js'
import { databaseProblem, problemsOf, readServerFacts } from './redis-checks.js'
import { type ScriptCommands, scriptsFor } from './redis-scripts.js'
import { type ListenSession, ReleaseWatchers } from './release-watchers.js'
import { sortById } from './sort-by-id.js'

const CONNECTION = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  // When the connection breaks, pending requests fail at once instead of after more attempts to connect.
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  // A connection without an answer for so long is treated as dead, even if TCP has not noticed.
  socketTimeout: 5_000,
  keepAlive: 10_000,
} satisfies RedisOptions

export class RedisStore implements CoordinationStore {
  readonly backend = 'redis'
  readonly values: KeyValueStore
  readonly #address: RedisAddress
  readonly #options: StoreOptions
  readonly #records = new RecordProblems()
  readonly #redis: Redis & ScriptCommands
  readonly #watchers: ReleaseWatchers
  /** Resolves when the first attempt to connect has succeeded or failed. Requests wait for this attempt only. */
  readonly #firstConnect: Promise<void>
  #isOutageReported = false
  /** Why there is no connection. */
  #outage: Error | undefined
  /** Why the last release was not announced to the other instances. */
  #silence: StoreProblem | undefined

  constructor(address: RedisAddress, options: StoreOptions, clock: Clock) {
    this.#address = address
    this.#options = options
    const redis = new Redis({
      ...CONNECTION,
      ...address.connection,
      scripts: scriptsFor(address.database),
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
      // The primary has become a replica: its address may now lead to the new primary.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    })
    redis.on('error', (error) => this.#reportOutage(error))
    redis.on('ready', () => {
      this.#isOutageReported = false
      this.#outage = undefined
    })
    this.#redis = redis as unknown as Redis & ScriptCommands
    this.#firstConnect = redis.connect().catch(() => {})
    this.values = new RedisKeyValue({
      namespace: options.namespace,
      records: this.#records,
      request: (signal, send) => this.#request(signal, send),
    })
    this.#watchers = new ReleaseWatchers(
      clock,
      (error) => options.onError(withoutCommand(error)),
      (session) => this.#listen(session),
    )
  }

  async acquire(
    lease: string,
    holder: string,
    ttl: Millis,
    signal: AbortSignal,
    above: bigint = 0n,
  ): Promise<LeaseAnswer> {
    const [holderKey, epochKey] = [this.#holderKey(lease), `${this.#options.namespace}:{${lease}}:epoch`]
    const reply = await this.#request(signal, (redis) =>
      redis.escapementAcquire(holderKey, epochKey, holder, Math.ceil(ttl), String(above)),
    )
    switch (reply[0]) {
      case 'unreadable': {
        const value = JSON.stringify(reply[1].slice(0, 40))
        this.#records.report(
          holderKey,
          `holds ${value}, which is no record of a lease: the lease is free after its ttl, or delete the key`,
        )
        return { kind: 'held', holder: reply[1], epoch: 0n }
      }
      case 'held':
        this.#records.clear(holderKey)
        return { kind: 'held', holder: reply[2], epoch: BigInt(reply[1]) }
      case 'granted':
        this.#records.clear(holderKey)
        if (reply[2] === 0) this.#records.clear(epochKey)
        else this.#records.report(epochKey, 'held a value that is no epoch: it was replaced')
        return { kind: 'granted', epoch: BigInt(reply[1]) }
    }
  }

  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean> {
    const renewed = await this.#request(signal, (redis) =>
      redis.escapementRenew(this.#holderKey(lease), String(epoch), holder, Math.ceil(ttl)),
    )
    return renewed === 1
  }

  async release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    const [released, refusal] = await this.#request(signal, (redis) =>
      redis.escapementRelease(this.#holderKey(lease), String(epoch), holder, this.#channel, lease),
    )
    if (released === 1) this.#silence = refusal === '' ? undefined : silence(this.#channel, refusal)
    return released === 1
  }

  async holderOf(lease: string, signal: AbortSignal): Promise<string | undefined> {
    const record = await this.#request(signal, (redis) => redis.escapementRead(this.#holderKey(lease)))
    return record === null ? undefined : (/^\d+ \d+ (.*)$/s.exec(record)?.[1] ?? record)
  }

  watch(onReleased: (lease: string) => void): Promise<() => void> {
    return this.#watchers.watch(onReleased)
  }

  async claim(tick: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean> {
    const claimKey = `${this.#options.namespace}:{${tick}}:claim`
    const claimed = await this.#request(signal, (redis) => redis.escapementClaim(claimKey, holder, Math.ceil(keep)))
    if (claimed === 2) this.#records.report(claimKey, 'is no claim: no instance runs its tick')
    return claimed === 1
  }

  async heartbeat({ id, weight }: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    const [alive, damaged] = await this.#request(signal, (redis) =>
      redis.escapementHeartbeat(this.#membersKey, id, weight, Math.ceil(ttl)),
    )
    this.#records.clear(this.#membersKey)
    if (damaged.length > 0) {
      const fields = JSON.stringify(damaged.slice(0, 5).map((field) => field.slice(0, 40)))
      const what =
        damaged[0] === ''
          ? 'held a value of another type: it was replaced'
          : `held ${damaged.length} records that are no members: they were deleted (${fields})`
      this.#records.report(this.#membersKey, what)
    }
    const members: Member[] = []
    for (let at = 0; at < alive.length; at += 2) members.push({ id: alive[at]!, weight: Number(alive[at + 1]) })
    return sortById(members)
  }

  async leave(id: string, signal: AbortSignal): Promise<void> {
    await this.#request(signal, (redis) => redis.escapementLeave(this.#membersKey, id))
  }

  async check(signal: AbortSignal): Promise<readonly StoreProblem[]> {
    const facts = await this.#request(signal, (redis) => readServerFacts(redis))
    const database = await this.#request(signal, (redis) => databaseProblem(redis, this.#address))
    return [
      ...problemsOf(facts, this.#options.acceptEviction ?? false),
      ...(database ? [database] : []),
      ...(this.#silence ? [this.#silence] : []),
      ...this.#records.list(),
    ]
  }

  async readClock(signal: AbortSignal): Promise<StoreClockReading> {
    const [seconds, micros] = await this.#request(signal, (redis) => redis.time())
    return { at: Number(seconds) * 1_000 + Number(micros) / 1_000, resolution: 0 }
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
    await this.#watchers.close()
  }

  get #membersKey(): string {
    return `${this.#options.namespace}:members`
  }

  get #channel(): string {
    return `${this.#options.namespace}:released`
  }

  #holderKey(lease: string): string {
    return `${this.#options.namespace}:{${lease}}:holder`
  }

  async #request<Answer>(
    signal: AbortSignal,
    send: (redis: Redis & ScriptCommands) => Promise<Answer>,
  ): Promise<Answer> {
    await untilAborted(this.#firstConnect, signal)
    try {
      return await untilAborted(send(this.#redis), signal)
    } catch (error) {
      throw this.#outage && isNotSent(error) ? this.#unreachable(this.#outage) : withoutCommand(error)
    }
  }

  #unreachable(outage: Error): EscapementError {
    const reason = outage instanceof AggregateError ? outage.errors.map(String).join('; ') : outage.message
    return new EscapementError('ERR_STORE_UNREACHABLE', `Redis at ${this.#address.place} cannot be used: ${reason}`, {
      cause: outage,
    })
  }

  async #listen({ onListening, onReleased, signal }: ListenSession): Promise<void> {
    const redis = new Redis({ ...CONNECTION, ...this.#address.connection, retryStrategy: null })
    const stop = () => redis.disconnect()
    signal.addEventListener('abort', stop, { once: true })
    try {
      let failure: unknown
      redis.on('error', (error) => {
        failure = error
      })
      const ended = new Promise<void>((resolve) => redis.once('end', resolve))
      redis.on('message', (_channel, lease) => onReleased(lease))
      await redis.connect().catch((error) => {
        throw failure ?? error
      })
      await redis.subscribe(this.#channel)
      onListening()
      await ended
      throw failure ?? new Error('the connection that listens for released leases was closed')
    } finally {
      signal.removeEventListener('abort', stop)
      // For a connection that has already ended, ioredis would wait two seconds for another end.
      if (redis.status !== 'end') redis.disconnect()
    }
  }

  /** Reports the first error of an outage only. */
  #reportOutage(error: Error): void {
    this.#outage = withoutCommand(error)
    if (this.#isOutageReported) return
    this.#isOutageReported = true
    this.#options.onError(error)
  }
}

/** There was no connection to send the request on. */
function isNotSent(error: unknown): boolean {
  return error instanceof Error && /^(Stream isn't writeable|Connection is closed)/.test(error.message)
}

function silence(channel: string, refusal: string): StoreProblem {
  const message = `releases of leases are not announced to other instances, so that a hand-over takes up to one retry period: publishing to the channel ${channel} was refused (${refusal}); allow the user the channel (ACL &${channel})`
  return { code: 'channel', message, forbidsLeading: false }
}

/** ioredis attaches the refused command to the error: for a refused login that contains the password. */
function withoutCommand<Failure>(error: Failure): Failure {
  if (error instanceof Error && 'command' in error) delete error.command
  return error
}
