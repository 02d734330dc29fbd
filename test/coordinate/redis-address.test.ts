import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseSettings } from '../../src/config/settings.js'
import { placeOf } from '../../src/coordinate/stores/place-of.js'
import { parseRedisUrl } from '../../src/coordinate/stores/redis-address.js'
import { ConfigError } from '../../src/kernel/errors.js'

function refusalOf(url: string): ConfigError {
  try {
    parseRedisUrl(url)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return error as ConfigError
  }
  throw new Error(`${url} was accepted`)
}

describe('the URL of a Redis server', () => {
  it.each([
    ['redis://host', { host: 'host', port: 6379 }, 0],
    ['redis://host/', { host: 'host', port: 6379 }, 0],
    ['REDIS://host:1/0', { host: 'host', port: 1 }, 0],
    ['redis://host:6380/15', { host: 'host', port: 6380 }, 15],
    ['redis://[::1]:6380/1', { host: '::1', port: 6380 }, 1],
    ['redis://:secret@host', { host: 'host', port: 6379, password: 'secret' }, 0],
    ['redis://user:se:cret@host', { host: 'host', port: 6379, username: 'user', password: 'se:cret' }, 0],
    ['redis://us%40er:p%2Fw%25@host/2', { host: 'host', port: 6379, username: 'us@er', password: 'p/w%' }, 2],
    ['rediss://host:1/3', { host: 'host', port: 1, tls: {} }, 3],
    ['redis:///run/x.sock', { path: '/run/x.sock' }, 0],
    ['redis:///run/x.sock?db=3', { path: '/run/x.sock' }, 3],
    ['unix:///run/x.sock', { path: '/run/x.sock' }, 0],
    ['unix://user:secret@/run/a%40b.sock', { path: '/run/a@b.sock', username: 'user', password: 'secret' }, 0],
  ])('the Redis URL %s is read as written', (url, connection, database) => {
    const address = parseRedisUrl(url)
    expect(address.connection).toEqual(connection)
    expect(address.database).toBe(database)
  })

  it.each([
    ['redis://host/abc', 'names the database "abc", but databases are numbers from 0'],
    ['redis://host/-1', 'names the database "-1"'],
    ['redis://host/1.5', 'names the database "1.5"'],
    ['redis://host/01', 'names the database "01"'],
    ['redis://host/0/1', 'names the database "0/1"'],
    ['redis://host/1e3', 'names the database "1e3"'],
    ['redis:///run/x.sock?db=-1', 'names the database "-1"'],
    ['redis://', 'names no host and port that can be read'],
    ['redis:///0', 'names no host and port that can be read'],
    ['redis://host:port', 'names no host and port that can be read'],
    ['redis://::1', 'names no host and port that can be read'],
    ['redis://host:0', 'has the port 0'],
    ['redis://host:65536', 'has the port 65536'],
    ['redis://one:1,two:2', 'names several hosts'],
    ['redis://user@host', 'names a user without a password'],
    ['redis://user:@host', 'names a user without a password'],
    ['redis://:p%ss@host', 'write %40 for "@"'],
    ['redis://:p@ss@host', 'write %40 for "@"'],
    ['redis://:p/ss@host', '%2F for "/"'],
    ['redis://:p#ss@host', '%23 for "#"'],
    ['redis://:p?ss@host', '%3F for "?"'],
    ['redis://host/0#1', 'ends with a part after "#"'],
    ['redis://host/0?db=3', 'has the option "db"; such a URL has no options'],
    ['redis://host?enableOfflineQueue=true', 'has the option "enableOfflineQueue"'],
    ['rediss://host?ca=/x', 'has the option "ca"; only cacert is known here'],
    ['rediss://host?cacert=/no/such/file', 'names the certificate file "/no/such/file", which cannot be read (ENOENT)'],
    ['rediss:///run/x.sock', 'TLS is for hosts only'],
    ['unix://run/x.sock', 'names no file of a socket'],
  ])('the Redis URL %s is refused with the name of the setting, the reason and an example', (url, reason) => {
    const { code, message } = refusalOf(url)
    expect(code).toBe('ERR_COORDINATION_URL')
    expect(message).toContain(reason)
    expect(message).toContain('escapement.coordination.url')
    expect(message).toContain('expected something like redis://user:password@host:6379/0')
  })

  it('the URL of a Redis server takes the file of a private certificate authority', () => {
    const folder = mkdtempSync(join(tmpdir(), 'escapement-ca-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'ca.pem'), 'certificate')
    const { connection } = parseRedisUrl(`rediss://host?cacert=${join(folder, 'ca.pem')}`)
    expect(String(connection.tls?.ca)).toBe('certificate')
  })

  it('the URL of a Redis server carries any password that is percent-encoded, and never shows one that is not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
        const url = `redis://user:${encodeURIComponent(password)}@host/7`
        expect(parseRedisUrl(url)).toMatchObject({ connection: { username: 'user', password }, database: 7 })
      }),
    )
    fc.assert(
      fc.property(fc.string(), (salt) => {
        try {
          parseRedisUrl(`redis://user:hunter2${salt}@host`)
        } catch (error) {
          expect((error as Error).message).not.toContain('hunter2')
        }
      }),
    )
  })
})

describe('the coordination URL', () => {
  it.each(['redis+sentinel://host:26379/main', 'redis-sentinel://host', 'sentinel://host'])(
    'the coordination URL %s is refused, because Sentinel is not supported',
    (url) => {
      expect(() => parseSettings({ coordination: url })).toThrow('Redis Sentinel is not supported')
    },
  )

  it.each([
    ['redis://user:secret@host:6379/0', 'redis://host:6379/0'],
    ['redis://user:secret@/run/x.sock?db=3', 'redis:///run/x.sock'],
    ['unix:///run/x.sock', 'unix:///run/x.sock'],
    ['etcd://user:secret@one:2379,two', 'etcd://one:2379,two'],
    ['postgres://user:sec@ret@host/db?password=secret', 'postgres://host/db'],
  ])('the place of the coordination URL %s is shown without its secrets', (url, place) => {
    expect(placeOf(url)).toBe(place)
  })
})
