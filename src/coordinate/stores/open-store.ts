/**
 * Opens the store that a URL names. Only that store's file and client package are loaded: the clients of the other stores
 * need not be installed.
 *
 * URLs may contain passwords, so errors show only the scheme.
 */
import type { Clock } from '../../kernel/clock.js'
import { ConfigError } from '../../kernel/errors.js'
import { didYouMean, show } from '../../kernel/suggest.js'
import type { CoordinationStore, StoreOptions } from '../ports.js'
import { LocalStore, sharedMemory } from './local-store.js'

type Open = (options: StoreOptions, clock: Clock) => Promise<CoordinationStore>

const BY_SCHEME: Readonly<Record<string, Open>> = {
  local: openLocal,
  redis: openRedis,
  rediss: openRedis,
  unix: openRedis,
  postgres: openPostgres,
  postgresql: openPostgres,
  etcd: openEtcd,
  etcds: openEtcd,
}

/** The namespace becomes part of keys, a schema name and a channel name: only characters without a meaning in those. */
const NAMESPACE = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,47}$/

/**
 * Rejects with a {@link ConfigError} when there is no store for the URL, or its client is not installed. Does not check
 * whether the server can be reached: requests fail when it cannot.
 */
export async function openStore(options: StoreOptions, clock: Clock): Promise<CoordinationStore> {
  const { url, namespace } = options
  if (!NAMESPACE.test(namespace)) {
    throw new ConfigError(
      'ERR_COORDINATION_NAMESPACE',
      `coordination: the namespace is ${show(namespace)}; expected up to 48 letters, digits, "_", "." or "-"`,
    )
  }
  const scheme = schemeOf(url)
  const open = Object.hasOwn(BY_SCHEME, scheme) ? BY_SCHEME[scheme] : undefined
  if (open) return open(options, clock)
  const known = Object.keys(BY_SCHEME)
  throw new ConfigError(
    'ERR_COORDINATION_SCHEME',
    `coordination: there is no store for ${scheme ? `${scheme}: URLs` : 'a URL without a scheme'}${didYouMean(scheme, known)} (expected local, redis://, rediss://, unix://, postgres://, postgresql://, etcd:// or etcds://)`,
  )
}

function schemeOf(url: string): string {
  if (/^[a-z]+$/i.test(url)) return url.toLowerCase()
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? ''
}

async function openLocal({ namespace }: StoreOptions, clock: Clock): Promise<CoordinationStore> {
  return new LocalStore(clock, sharedMemory(namespace))
}

async function openRedis(options: StoreOptions, clock: Clock): Promise<CoordinationStore> {
  const { RedisStore } = await load('ioredis', options, () => import('./redis-store.js'))
  const { parseRedisUrl } = await import('./redis-address.js')
  return new RedisStore(parseRedisUrl(options.url), options, clock)
}

async function openPostgres(options: StoreOptions, clock: Clock): Promise<CoordinationStore> {
  const { namespace, url } = options
  if (/^(pg_|information_schema$)/.test(namespace)) {
    throw new ConfigError(
      'ERR_COORDINATION_NAMESPACE',
      `coordination: the namespace is ${show(namespace)}, but Postgres keeps schemas of this name for itself: set escapement.coordination.namespace to a name that does not begin with "pg_"`,
    )
  }
  const { postgresUrlProblem } = await load('pg', options, () => import('./postgres-url.js'))
  const problem = postgresUrlProblem(url)
  if (problem) {
    throw new ConfigError(
      'ERR_COORDINATION_URL',
      `coordination: the ${schemeOf(url)}: URL of escapement.coordination.url ${problem}`,
    )
  }
  const { PostgresStore } = await import('./postgres-store.js')
  return new PostgresStore(options, clock)
}

async function openEtcd(options: StoreOptions, clock: Clock): Promise<CoordinationStore> {
  const { parseEtcdUrl } = await import('./etcd-gateway.js')
  const { EtcdStore } = await import('./etcd-store.js')
  const address = parseEtcdUrl(options.url)
  if (!address) throw unreadable(options, 'etcd://user:password@host:2379,otherhost:2379')
  return new EtcdStore(address, options, clock)
}

async function load<Module>(client: string, { url }: StoreOptions, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    if (!isMissing(error, client)) throw error
    throw new ConfigError(
      'ERR_COORDINATION_CLIENT',
      `coordination: ${schemeOf(url)}: URLs need the package ${client}, which is not installed: npm install ${client}`,
      { cause: error },
    )
  }
}

function isMissing(error: unknown, client: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'${client}'`)
  )
}

function unreadable({ url }: StoreOptions, example: string): ConfigError {
  return new ConfigError(
    'ERR_COORDINATION_URL',
    `coordination: the ${schemeOf(url)}: URL cannot be read; expected something like ${example}`,
  )
}
