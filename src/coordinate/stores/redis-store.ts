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
import type { Millis } from '../../kernel/time.js'
import type { CoordinationStore, LeaseAnswer, Member, StoreOptions, StoreProblem } from '../ports.js'
import { untilAborted } from '../until-aborted.js'
import { SCRIPTS, type ScriptCommands } from './redis-scripts.js'
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
  readonly #options: StoreOptions
  readonly #redis: Redis & ScriptCommands
  readonly #watchers: ReleaseWatchers
  /** Resolves when the first attempt to connect has succeeded or failed. Requests wait for this attempt only. */
  readonly #firstConnect: Promise<void>
  #isOutageReported = false

  constructor(options: StoreOptions, clock: Clock) {
    this.#options = options
    const redis = new Redis(options.url, {
      ...CONNECTION,
      scripts: SCRIPTS,
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
      // The primary has become a replica: its address may now lead to the new primary.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    })
    redis.on('error', (error) => this.#reportOutage(error))
    redis.on('ready', () => {
      this.#isOutageReported = false
    })
    this.#redis = redis as Redis & ScriptCommands
    this.#firstConnect = redis.connect().catch(() => {})
    this.#watchers = new ReleaseWatchers(
      clock,
      (error) => options.onError(withoutCommand(error)),
      (session) => this.#listen(session),
    )
  }

  async acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal): Promise<LeaseAnswer> {
    const [isGranted, held] = await this.#request(signal, (redis) =>
      redis.escapementAcquire(
        this.#holderKey(lease),
        `${this.#options.namespace}:{${lease}}:epoch`,
        holder,
        Math.ceil(ttl),
      ),
    )
    const space = held.indexOf(' ')
    const epoch = BigInt(held.slice(0, space))
    return isGranted ? { kind: 'granted', epoch } : { kind: 'held', holder: held.slice(space + 1), epoch }
  }

  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean> {
    const renewed = await this.#request(signal, (redis) =>
      redis.escapementRenew(this.#holderKey(lease), `${epoch} ${holder}`, Math.ceil(ttl)),
    )
    return renewed === 1
  }

  async release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    const released = await this.#request(signal, (redis) =>
      redis.escapementRelease(this.#holderKey(lease), `${epoch} ${holder}`, this.#channel, lease),
    )
    return released === 1
  }

  watch(onReleased: (lease: string) => void): Promise<() => void> {
    return this.#watchers.watch(onReleased)
  }

  async claim(tick: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean> {
    const claimKey = `${this.#options.namespace}:{${tick}}:claim`
    return (await this.#request(signal, (redis) => redis.escapementClaim(claimKey, holder, Math.ceil(keep)))) === 1
  }

  async heartbeat({ id, weight }: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    const pairs = await this.#request(signal, (redis) =>
      redis.escapementHeartbeat(this.#membersKey, id, weight, Math.ceil(ttl)),
    )
    const members: Member[] = []
    for (let at = 0; at < pairs.length; at += 2) members.push({ id: pairs[at]!, weight: Number(pairs[at + 1]) })
    return sortById(members)
  }

  async leave(id: string, signal: AbortSignal): Promise<void> {
    await this.#request(signal, (redis) => redis.hdel(this.#membersKey, id))
  }

  async check(): Promise<readonly StoreProblem[]> {
    return []
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
      throw withoutCommand(error)
    }
  }

  async #listen({ onListening, onReleased, signal }: ListenSession): Promise<void> {
    const redis = new Redis(this.#options.url, { ...CONNECTION, retryStrategy: null })
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
    if (this.#isOutageReported) return
    this.#isOutageReported = true
    this.#options.onError(withoutCommand(error) as Error)
  }
}

/** ioredis attaches the refused command to the error: for a refused login that contains the password. */
function withoutCommand<Failure>(error: Failure): Failure {
  if (error instanceof Error && 'command' in error) delete error.command
  return error
}
