/**
 * Reads the URL of a Redis server by the rules below and not by those of the client, which takes what it does not understand
 * for a default: another database, another host.
 *
 *     redis://user:password@host:6379/0                 the number of the database is optional
 *     rediss://host:6379/0?cacert=/etc/redis/ca.pem     TLS; `cacert` is the file of a private certificate authority
 *     redis:///run/redis.sock?db=0                      a Unix socket; unix:///run/redis.sock is the same
 *
 * Errors never show the part before the host: it may contain a password.
 */
import { readFileSync } from 'node:fs'
import type { RedisOptions } from 'ioredis'
import { ConfigError } from '../../kernel/errors.js'
import { show } from '../../kernel/suggest.js'

export interface RedisAddress {
  readonly connection: Pick<RedisOptions, 'host' | 'port' | 'path' | 'username' | 'password' | 'tls'>
  readonly database: number
  /** For messages, such as `host:6379` or `/run/redis.sock`. */
  readonly place: string
}

const DEFAULT_PORT = 6379
const PARTS = /^(rediss?|unix):\/\/(?:(.*)@)?([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(#.*)?$/is
const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i
const DATABASE = /^(0|[1-9]\d{0,8})$/

/** @throws ConfigError `ERR_COORDINATION_URL` with what is wrong and what to write. */
export function parseRedisUrl(url: string): RedisAddress {
  const [, scheme = '', login, host = '', path = '', query = '', fragment] = PARTS.exec(url) ?? refuse('cannot be read')
  if (fragment) refuse('ends with a part after "#", which has no meaning there')
  const isTls = scheme.toLowerCase() === 'rediss'
  const isSocket = scheme.toLowerCase() === 'unix' || (host === '' && path.length > 1 && !DATABASE.test(path.slice(1)))
  const options = optionsOf(query, isSocket ? 'db' : isTls ? 'cacert' : undefined)
  const user = loginOf(login)
  if (isSocket) {
    if (host !== '' || path.length < 2) refuse('names no file of a socket: three slashes come before its path')
    if (isTls) refuse('has the path of a socket, but TLS is for hosts only: use redis://')
    const file = decode(path)
    return { connection: { path: file, ...user }, database: databaseOf(options ?? '0'), place: file }
  }
  if (host.includes(',')) refuse('names several hosts: only one server can be used, and no Redis Cluster or Sentinel')
  const [, name, digits = String(DEFAULT_PORT)] = HOST.exec(host) ?? refuse('names no host and port that can be read')
  const port = Number(digits)
  if (port < 1 || port > 65_535) refuse(`has the port ${digits}, but ports are 1 to 65535`)
  return {
    connection: { host: name!.replace(/^\[|\]$/g, ''), port, ...user, ...(isTls && { tls: tlsOf(options) }) },
    database: databaseOf(path.slice(1) || '0'),
    place: `${name}:${port}`,
  }
}

function loginOf(login: string | undefined): { readonly username?: string; readonly password?: string } {
  if (login === undefined) return {}
  if (/[@/?#\s]/.test(login)) refuse(PERCENT_ENCODE)
  const [, name = '', password] = /^([^:]*)(?::(.*))?$/s.exec(login)!
  if (!password) refuse('names a user without a password: write redis://user:password@host')
  return { ...(name && { username: decode(name) }), password: decode(password!) }
}

const PERCENT_ENCODE =
  'has a user or password with a character that must be percent-encoded: write %40 for "@", %2F for "/", %3A for ":", %3F for "?", %23 for "#", %25 for "%" and %20 for a space'

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse(PERCENT_ENCODE)
  }
}

function databaseOf(text: string): number {
  if (!DATABASE.test(text)) refuse(`names the database ${show(text)}, but databases are numbers from 0`)
  return Number(text)
}

/** The value of the only option that is allowed. */
function optionsOf(query: string, allowed: 'db' | 'cacert' | undefined): string | undefined {
  const options = new URLSearchParams(query)
  for (const name of options.keys()) {
    if (name === allowed) continue
    refuse(`has the option ${show(name)}; ${allowed ? `only ${allowed} is known here` : 'such a URL has no options'}`)
  }
  return allowed && (options.get(allowed) ?? undefined)
}

function tlsOf(file: string | undefined): { readonly ca?: Buffer } {
  if (file === undefined) return {}
  try {
    return { ca: readFileSync(file) }
  } catch (error) {
    return refuse(
      `names the certificate file ${show(file)}, which cannot be read (${(error as { code?: string }).code})`,
    )
  }
}

function refuse(problem: string): never {
  throw new ConfigError(
    'ERR_COORDINATION_URL',
    `coordination: the Redis URL (escapement.coordination.url) ${problem}; expected something like redis://user:password@host:6379/0, rediss://host?cacert=/path/ca.pem or redis:///path/redis.sock?db=0`,
  )
}
