/** Redis under BullMQ: one connection for all requests, and for each service whose tickets this instance takes one that waits for jobs. */
import { Redis } from 'ioredis'
import type { RedisAddress } from '../../coordinate/stores/redis-address.js'
import { QueueUnreachableError } from '../queue-unreachable.js'
import { DOCS, type QueueServer } from './queue-server.js'
import { createBackend } from './redis-backend.js'
import { writeTogether } from './write-together.js'

const OLDEST_VERSION = '6.2'

export function redisServer(address: RedisAddress, onError: (error: Error) => void): QueueServer {
  const redis = new Redis({
    ...address.connection,
    db: address.database,
    // Without a connection a request fails at once, and its caller repeats it: the client keeps none back.
    enableOfflineQueue: false,
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
  let outage: Error | undefined
  redis.on('error', (error: Error) => {
    outage = error
    onError(error)
  })
  redis.on('ready', () => {
    outage = undefined
  })
  writeTogether(redis)
  return {
    connection: redis as never,
    backendFactory: createBackend as never,
    mustLookBeforeAdding: false,
    clockMargin: 0,
    async ready() {
      if (redis.status !== 'ready') throw new QueueUnreachableError(address.place, outage)
    },
    async nextOf(backend, _queue, lane) {
      return (await redis.hget(backend.toKey(`dn:${lane}`), 'jid')) ?? undefined
    },
    check: () => check(redis, address),
    async close() {
      redis.disconnect()
    },
  }
}

async function check(redis: Redis, { place }: RedisAddress): Promise<readonly string[]> {
  const info = await redis.info()
  const facts = new Map(info.split('\r\n').map((line) => line.split(/:(.*)/s, 2) as [string, string]))
  const problems: string[] = []
  const version = facts.get('redis_version') ?? ''
  if (version && isOlder(version, OLDEST_VERSION)) {
    problems.push(`the queue is on Redis ${version} (${place}), but needs ${OLDEST_VERSION} or newer`)
  }
  const policy = facts.get('maxmemory_policy')
  if (facts.get('maxmemory') !== '0' && policy !== undefined && policy !== 'noeviction') {
    problems.push(
      `the Redis server ${place} may delete tickets when its memory is full (maxmemory-policy ${policy}): set it to noeviction (${DOCS})`,
    )
  }
  if (facts.get('redis_mode') === 'cluster' || facts.get('redis_mode') === 'sentinel') {
    problems.push(
      `escapement.queue.url leads to Redis ${facts.get('redis_mode')}, which is not supported: name a single server`,
    )
  }
  return problems
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldMajor = 0, oldMinor = 0] = than.split('.').map(Number)
  return major < oldMajor || (major === oldMajor && minor < oldMinor)
}
