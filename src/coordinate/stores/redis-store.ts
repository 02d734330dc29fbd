/**
 * The store on a Redis server (5 or newer).
 *
 * Best effort: Redis confirms what it has not replicated, and expires keys by its wall clock. A fail-over to a replica that
 * was behind, a restart without persistence (`appendonly yes`, `appendfsync always` keeps everything) or a clock set forward
 * may end a lease early and give it to somebody else. Epochs grow all the same, see redis-scripts.ts, so effects
 * that are checked by fencing token are safe.
 *
 * A request is sent at once or not at all: nothing is queued while there is no connection, and nothing is sent again on the
 * next one. What was sent before its caller gave up may still be carried out. That is harmless: nobody believes in an
 * answer that was not heard, a lease granted so expires by itself or is found and given back by its holder's next
 * attempt, and a slot claimed so is skipped, not run twice.
 */
import { Redis, type RedisOptions } from 'ioredis'
import type { Clock } from '../../kernel/clock.js'
import type { Millis } from '../../kernel/time.js'
import type { CoordinationStore, LeaseAnswer, Member, StoreOptions } from '../ports.js'
import { untilAborted } from '../until-aborted.js'
import { byId } from './by-id.js'
import { SCRIPTS, type ScriptCommands } from './redis-scripts.js'
import { type ListenSession, Watchers } from './watchers.js'

const CONNECTION = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  // What was sent when the connection broke fails then, not after some more attempts to connect.
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  // A connection that owes an answer for so long is dead, whatever TCP thinks.
  socketTimeout: 5_000,
  keepAlive: 10_000,
} satisfies RedisOptions

export class RedisStore implements CoordinationStore {
  readonly backend = 'redis'
  readonly #options: StoreOptions
  readonly #redis: Redis & ScriptCommands
  readonly #watchers: Watchers
  /** The first attempt to connect has come to something. Requests wait for it, and for no other. */
  readonly #attempted: Promise<void>
  #isTold = false

  constructor(options: StoreOptions, clock: Clock) {
    this.#options = options
    const redis = new Redis(options.url, {
      ...CONNECTION,
      scripts: SCRIPTS,
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
      // The primary has become a replica: its address may lead to the new one.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    })
    redis.on('error', (error) => this.#tell(error))
    redis.on('ready', () => {
      this.#isTold = false
    })
    this.#redis = redis as Redis & ScriptCommands
    this.#attempted = redis.connect().catch(() => {})
    this.#watchers = new Watchers(
      clock,
      (error) => options.onTrouble(withoutCommand(error)),
      (session) => this.#listen(session),
    )
  }

  async acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal): Promise<LeaseAnswer> {
    const [isGranted, held] = await this.#ask(signal, (redis) =>
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
    const renewed = await this.#ask(signal, (redis) =>
      redis.escapementRenew(this.#holderKey(lease), `${epoch} ${holder}`, Math.ceil(ttl)),
    )
    return renewed === 1
  }

  async release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    const released = await this.#ask(signal, (redis) =>
      redis.escapementRelease(this.#holderKey(lease), `${epoch} ${holder}`, this.#channel, lease),
    )
    return released === 1
  }

  watch(onReleased: (lease: string) => void): Promise<() => void> {
    return this.#watchers.watch(onReleased)
  }

  async claim(slot: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean> {
    const claimKey = `${this.#options.namespace}:{${slot}}:claim`
    return (await this.#ask(signal, (redis) => redis.escapementClaim(claimKey, holder, Math.ceil(keep)))) === 1
  }

  async beat({ id, weight }: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    const pairs = await this.#ask(signal, (redis) => redis.escapementBeat(this.#membersKey, id, weight, Math.ceil(ttl)))
    const members: Member[] = []
    for (let at = 0; at < pairs.length; at += 2) members.push({ id: pairs[at]!, weight: Number(pairs[at + 1]) })
    return byId(members)
  }

  async leave(id: string, signal: AbortSignal): Promise<void> {
    await this.#ask(signal, (redis) => redis.hdel(this.#membersKey, id))
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

  async #ask<Answer>(signal: AbortSignal, send: (redis: Redis & ScriptCommands) => Promise<Answer>): Promise<Answer> {
    await untilAborted(this.#attempted, signal)
    try {
      return await untilAborted(send(this.#redis), signal)
    } catch (error) {
      throw withoutCommand(error)
    }
  }

  async #listen({ onUp, onReleased, signal }: ListenSession): Promise<void> {
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
      onUp()
      await ended
      throw failure ?? new Error('the connection that listens for released leases was closed')
    } finally {
      signal.removeEventListener('abort', stop)
      // Of a connection that has ended, ioredis would wait for the end again, for two seconds.
      if (redis.status !== 'end') redis.disconnect()
    }
  }

  /** Tells the first trouble of an outage. */
  #tell(error: Error): void {
    if (this.#isTold) return
    this.#isTold = true
    this.#options.onTrouble(withoutCommand(error) as Error)
  }
}

/** The client attaches what it had sent to what the server refused: for a refused login, the password. */
function withoutCommand<Failure>(error: Failure): Failure {
  if (error instanceof Error && 'command' in error) delete error.command
  return error
}
