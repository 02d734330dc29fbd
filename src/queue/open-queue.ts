/**
 * Opens the store that the URL of a queue names. BullMQ and the client of the store are loaded only here, so that a program without timers
 * of scope `queue` need not install them. Called on the queue thread and in tests.
 *
 * URLs may contain passwords, so errors show only the scheme of a URL.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ConfigError } from '../kernel/errors.js'
import type { RunQueue, RunQueueOptions } from './run-queue.js'

/** This code works with BullMQ from {@link OLDEST} on, before the major version {@link BEFORE_MAJOR}. package.json has the same range. */
const OLDEST = [6, 7] as const
const BEFORE_MAJOR = 7

const SETTING = 'escapement.queue.url'
const INSTALL = 'npm install bullmq@^6.7'

/**
 * Rejects with a {@link ConfigError} when there is no queue for the URL, or when a package is missing or too old. Does not wait
 * for the server: requests fail while it cannot be reached.
 */
export async function openQueue(options: RunQueueOptions): Promise<RunQueue> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(options.url)?.[1]?.toLowerCase() ?? ''
  switch (scheme) {
    case 'memory':
      return openMemory(options)
    case 'redis':
    case 'rediss':
    case 'unix':
      return openRedis(options)
    case 'postgres':
    case 'postgresql':
      return openPostgres(options)
  }
  const given = scheme ? `${scheme}: URLs` : 'a URL without a scheme'
  throw new ConfigError(
    'ERR_QUEUE_URL',
    `queue: there is no queue for ${given} (${SETTING}); expected redis://, rediss://, unix://, postgres:// or postgresql://`,
  )
}

async function openMemory(options: RunQueueOptions): Promise<RunQueue> {
  const { MemoryQueue, sharedStore } = await import('./memory/memory-queue.js')
  return new MemoryQueue(options, sharedStore(options.namespace))
}

async function openRedis(options: RunQueueOptions): Promise<RunQueue> {
  await requireBullmq()
  const { parseRedisUrl } = await load('ioredis', () => import('../coordinate/stores/redis-address.js'))
  const address = withQueueError(() => parseRedisUrl(options.url))
  const { redisServer } = await load('ioredis', () => import('./bullmq/redis-server.js'))
  const { BullmqQueue } = await import('./bullmq/bullmq-queue.js')
  return new BullmqQueue(redisServer(address, options.onError), options)
}

async function openPostgres(options: RunQueueOptions): Promise<RunQueue> {
  await requireBullmq()
  const { postgresUrlProblem } = await load('pg', () => import('../coordinate/stores/postgres-url.js'))
  const problem = postgresUrlProblem(options.url)
  if (problem) throw new ConfigError('ERR_QUEUE_URL', `queue: the Postgres URL (${SETTING}) ${problem}`)
  const { postgresServer } = await import('./bullmq/postgres-server.js')
  const { BullmqQueue } = await import('./bullmq/bullmq-queue.js')
  return new BullmqQueue(postgresServer(options.url, options.clock, options.onError), options)
}

/** Calls a function of the coordination that reads a URL. In its errors, names the setting of the queue in place of the coordination's. */
function withQueueError<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const message = error.message.replace('coordination:', 'queue:').replace('escapement.coordination.url', SETTING)
    throw new ConfigError('ERR_QUEUE_URL', message, { cause: error })
  }
}

async function requireBullmq(): Promise<void> {
  const version = await bullmqVersion()
  if (version === undefined) {
    throw new ConfigError(
      'ERR_QUEUE_PEER',
      `queue: scope 'queue' needs the package bullmq, which is not installed: ${INSTALL}`,
    )
  }
  if (isSupported(version)) return
  const problem = `queue: bullmq ${version} is installed, but ${OLDEST.join('.')} or newer, before ${BEFORE_MAJOR}, is needed: ${INSTALL}`
  throw new ConfigError('ERR_QUEUE_PEER', problem)
}

export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= OLDEST[0] && major < BEFORE_MAJOR && (major > OLDEST[0] || minor >= OLDEST[1])
}

async function bullmqVersion(): Promise<string | undefined> {
  try {
    let folder = dirname(createRequire(import.meta.url).resolve('bullmq'))
    for (; ; folder = dirname(folder)) {
      const found = await readFile(join(folder, 'package.json'), 'utf8').then(JSON.parse, () => undefined)
      if (found?.name === 'bullmq') return String(found.version)
      if (folder === dirname(folder)) return undefined
    }
  } catch {
    return undefined
  }
}

async function load<Module>(client: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message?.includes(`'${client}'`)) throw error
    throw new ConfigError(
      'ERR_QUEUE_PEER',
      `queue: ${SETTING} needs the package ${client}, which is not installed: npm install ${client}`,
      {
        cause: error,
      },
    )
  }
}
