import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/coordinate/stores/open-store.js'
import { ConfigError } from '../../src/kernel/errors.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { describeFully } from './troubled.js'

const open = (url: string, namespace = 'escapement') =>
  openStore({ url, namespace, onError: () => {} }, new VirtualClock())

async function refusalOf(url: string, namespace?: string): Promise<ConfigError> {
  const error = await open(url, namespace).catch((error) => error)
  expect(error).toBeInstanceOf(ConfigError)
  return error
}

/** Runs in a process of its own: opens each URL and prints the error, while a package cannot be found. */
async function openWithout(client: string, url: string): Promise<string> {
  const program = fileURLToPath(new URL('open-without.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, client, url])
  return stdout.trim()
}

describe('opening a store', () => {
  it.each([
    ['local', 'local'],
    ['local:', 'local'],
    ['redis://127.0.0.1:1', 'redis'],
    ['rediss://user:secret@127.0.0.1:1/3', 'redis'],
    ['redis:///no/such.sock', 'redis'],
    ['unix:///no/such.sock?db=3', 'redis'],
    ['postgres://user:secret@127.0.0.1:1/database', 'postgres'],
    ['postgresql://127.0.0.1:1/database', 'postgres'],
    ['etcd://127.0.0.1:1', 'etcd'],
    ['etcds://user:secret@127.0.0.1:1,127.0.0.2,localhost:3/', 'etcd'],
    ['ETCD://127.0.0.1:1', 'etcd'],
  ])('%s is for the backend %s, which need not be reachable', async (url, backend) => {
    const store = await open(url)
    expect(store.backend).toBe(backend)
    await store.close()
  })

  it('of an unknown scheme says what is known, and what is meant', async () => {
    const { code, message } = await refusalOf('postgre://user:secret@host/database')
    expect(code).toBe('ERR_COORDINATION_SCHEME')
    expect(message).toBe(
      'coordination: there is no store for postgre: URLs, did you mean "postgres"? (expected local, redis://, rediss://, unix://, postgres://, postgresql://, etcd:// or etcds://)',
    )
    expect((await refusalOf('user@host')).message).toContain('there is no store for a URL without a scheme')
    expect((await refusalOf('constructor')).message).toContain('there is no store for constructor: URLs')
  })

  it.each([
    'redis://user:secret@host:port',
    'redis://user:secret@host/abc',
    'redis://user:a/secret@host',
    'postgres://user:secret@host:port/database',
    'etcd://user:secret@host:port',
    'etcd://user:p%ss-secret@host',
    'etcd://user:secret@',
    'etcd://user:secret@host:1,',
    'secret://user:secret@host',
  ])('of %s never tells the password', async (url) => {
    const error = await refusalOf(url.replace('secret@', 'hunter2@'))
    expect(describeFully(error)).not.toContain('hunter2')
  })

  it.each(['', 'a b', 'a{b}', 'a"b', "a'b", '-a', 'a'.repeat(49)])('refuses the namespace %j', async (namespace) => {
    expect((await refusalOf('local', namespace)).code).toBe('ERR_COORDINATION_NAMESPACE')
  })

  it.each([
    ['ioredis', 'redis://:hunter2@host', 'redis'],
    ['pg', 'postgresql://user:hunter2@host/database', 'postgresql'],
  ])('without the package %s says which to install', async (client, url, scheme) => {
    expect(await openWithout(client, url)).toBe(
      `ConfigError ERR_COORDINATION_CLIENT coordination: ${scheme}: URLs need the package ${client}, which is not installed: npm install ${client}`,
    )
  })

  it('needs no package of the others', async () => {
    expect(await openWithout('ioredis', 'etcd://127.0.0.1:1')).toBe('etcd')
    expect(await openWithout('pg', 'redis://127.0.0.1:1')).toBe('redis')
  })
})
