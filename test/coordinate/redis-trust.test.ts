/** What a Redis server is trusted for, and what becomes of records that Escapement did not write. Real servers. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { problemsOf } from '../../src/coordinate/stores/redis-checks.js'
import { findServer } from '../support/servers/find-server.js'
import { startRedis } from '../support/servers/redis.js'
import { freePort, type TestServer } from '../support/servers/server-process.js'
import { epochOf, openForTest, patient } from './store-contract.js'
import { openTroubled } from './troubled.js'
import { until } from './until.js'

const program = await findServer('redis-server')

const NAMESPACE = 'contract'
const LONG = 60_000
const HOUR = 3_600_000

async function start(...args: string[]): Promise<TestServer> {
  const server = await startRedis(program!, { args })
  onTestFinished(() => server.stop())
  return server
}

function admin(server: TestServer): Redis {
  const redis = new Redis(server.url)
  onTestFinished(() => redis.disconnect())
  return redis
}

/** A folder for certificates and sockets. */
async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'escapement-redis-'))
  onTestFinished(() => rm(path, { recursive: true }))
  await chmod(path, 0o755)
  return path
}

describe.skipIf(!program)('a Redis server that may evict keys', () => {
  it.each(['allkeys-lru', 'allkeys-random', 'volatile-lru', 'volatile-ttl'])(
    'a Redis server that may evict keys under %s is not led on, unless that is accepted',
    async (policy) => {
      const server = await start('--maxmemory', '3mb', '--maxmemory-policy', policy)
      const store = await openForTest(server.url)
      const [problem, ...others] = await store.check(patient)
      expect(others).toEqual([])
      expect(problem).toMatchObject({ code: 'eviction', forbidsLeading: true })
      expect(problem!.message).toContain(`maxmemory-policy ${policy}, maxmemory 3145728`)
      expect(problem!.message).toContain('escapement.coordination.acceptEviction: true')
      const accepting = await openForTest(server.url, { acceptEviction: true })
      expect(await accepting.check(patient)).toMatchObject([{ code: 'eviction', forbidsLeading: false }])
    },
  )

  it('a Redis server that may evict keys is fit as soon as the policy is changed, and when there is no limit of memory', async () => {
    const server = await start('--maxmemory', '3mb', '--maxmemory-policy', 'allkeys-lru')
    const store = await openForTest(server.url)
    expect(await store.check(patient)).toHaveLength(1)
    await admin(server).config('SET', 'maxmemory-policy', 'noeviction')
    expect(await store.check(patient)).toEqual([])
    await admin(server).config('SET', 'maxmemory', '0', 'maxmemory-policy', 'allkeys-lru')
    expect(await store.check(patient)).toEqual([])
  })
})

describe.skipIf(!program)('a user of a Redis server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startRedis(program!)
  })
  afterAll(() => server?.stop())
  const RIGHTS = '~contract:* &contract:* +@read +@write +@scripting +@pubsub +time +select'
  const userUrl = async (rights: string, path = '') => {
    const name = randomUUID()
    await admin(server).call('ACL', 'SETUSER', name, 'on', '>secret', ...rights.split(' '))
    return `redis://${name}:secret@127.0.0.1:${server.port}${path}`
  }

  it('a user of a Redis server with the rights of docs/coordination.md can do everything', async () => {
    const docs = await readFile(new URL('../../docs/coordination.md', import.meta.url), 'utf8')
    const rights = /`ACL SETUSER escapement on >password (.*)`/.exec(docs)![1]!
    const url = await userUrl(rights.replaceAll('shop:', 'contract:'), '/3')
    const store = await openForTest(url)
    const heard: string[] = []
    await store.watch((lease) => heard.push(lease))
    const lease = randomUUID()
    const epoch = epochOf(await store.acquire(lease, 'one', LONG, patient))
    expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(true)
    expect(await store.release(lease, 'one', epoch, patient)).toBe(true)
    expect(await store.claim(lease, 'one', LONG, patient)).toBe(true)
    expect(await store.heartbeat({ id: 'one', weight: 1 }, LONG, patient)).toHaveLength(1)
    await store.leave('one', patient)
    expect(await store.values.put('space/a', 'x', {}, patient)).toMatchObject({ kind: 'stored' })
    expect(await store.values.list('space/', patient)).toHaveLength(1)
    expect((await store.values.get('space/a', patient))!.value).toBe('x')
    expect(await store.values.delete('space/a', {}, patient)).toEqual({ kind: 'deleted' })
    expect(await store.check(patient)).toEqual([])
    await until(
      () => heard,
      (leases) => leases.includes(lease),
    )
  })

  it('a user of a Redis server who may not read hashes is told so, and the values are not replaced', async () => {
    const owner = await openForTest(server.url)
    await owner.values.put('rights/a', 'kept', {}, patient)
    const store = await openForTest(await userUrl(`${RIGHTS} +info -hget`))
    await expect(store.values.get('rights/a', patient)).rejects.toThrow(/hget/i)
    await expect(store.values.put('rights/a', 'lost', {}, patient)).rejects.toThrow(/hget/i)
    expect((await owner.values.get('rights/a', patient))!.value).toBe('kept')
  })

  it('a user of a Redis server without channels releases all the same, and the problem names the channel', async () => {
    const { store } = await openTroubled(await userUrl(`${RIGHTS} +info resetchannels`), NAMESPACE)
    const lease = randomUUID()
    expect(await store.release(lease, 'one', epochOf(await store.acquire(lease, 'one', LONG, patient)), patient)).toBe(
      true,
    )
    expect(await store.acquire(lease, 'other', LONG, patient)).toMatchObject({ kind: 'granted' })
    const problems = await store.check(patient)
    expect(problems).toMatchObject([{ code: 'channel', forbidsLeading: false }])
    expect(problems[0]!.message).toContain('&contract:released')
  })

  it('a user of a Redis server without INFO is judged by CONFIG GET, and without both is not led for', async () => {
    const config = await openForTest(await userUrl(`${RIGHTS} -info +config|get`))
    expect(await config.check(patient)).toEqual([])
    const url = await userUrl(`${RIGHTS} -info -config`)
    const blind = await openForTest(url)
    expect(await blind.check(patient)).toMatchObject([{ code: 'eviction', forbidsLeading: true }])
    const accepting = await openForTest(url, { acceptEviction: true })
    expect(await accepting.check(patient)).toEqual([])
  })

  it('a user of a Redis server without SELECT may use database 0, and with any other is not led for and can acquire nothing', async () => {
    const rights = `${RIGHTS} +info -select`
    const zero = await openForTest(await userUrl(rights))
    expect(await zero.check(patient)).toEqual([])
    expect(await zero.acquire(randomUUID(), 'one', LONG, patient)).toMatchObject({ kind: 'granted' })
    const store = await openForTest(await userUrl(rights, '/3'))
    const problems = await store.check(patient)
    expect(problems).toMatchObject([{ code: 'database', forbidsLeading: true }])
    expect(problems[0]!.message).toContain('database 3 of escapement.coordination.url cannot be selected')
    expect(problems[0]!.message).toContain('ACL +select')
    await expect(store.acquire('a', 'one', LONG, patient)).rejects.toThrow()
  })
})

describe.skipIf(!program)('the database of a Redis URL', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startRedis(program!)
  })
  afterAll(() => server?.stop())

  it('the database of a Redis URL separates deployments', async () => {
    const [one, other] = [await openForTest(`${server.url}/1`), await openForTest(`${server.url}/2`)]
    const lease = randomUUID()
    epochOf(await one.acquire(lease, 'one', LONG, patient))
    expect(await other.acquire(lease, 'other', LONG, patient)).toMatchObject({ kind: 'granted' })
    const redis = admin(server)
    expect(await redis.keys(`*${lease}*`)).toEqual([])
    await redis.select(2)
    expect(await redis.keys(`*${lease}*`)).toHaveLength(2)
  })

  it('the database of a Redis URL that the server does not have is a problem that forbids leading, and nothing is done in another', async () => {
    const [one, other] = [await openForTest(`${server.url}/16`), await openForTest(`${server.url}/17`)]
    for (const store of [one, other]) {
      const problems = await store.check(patient)
      expect(problems).toMatchObject([{ code: 'database', forbidsLeading: true }])
      expect(problems[0]!.message).toContain('the server has fewer databases')
      await expect(store.acquire('a', 'one', LONG, patient)).rejects.toThrow('out of range')
      await expect(store.claim('a', 'one', LONG, patient)).rejects.toThrow('out of range')
      await expect(store.heartbeat({ id: 'one', weight: 1 }, LONG, patient)).rejects.toThrow('out of range')
    }
    expect(await admin(server).keys('*')).toEqual([])
  })

  it('the database of a Redis URL is kept when the connection is made anew and when the server is started again', async () => {
    const { store } = await openTroubled(`${server.url}/5`, NAMESPACE)
    const lease = randomUUID()
    const epoch = epochOf(await store.acquire(lease, 'one', LONG, patient))
    await server.restart()
    const isRenewed = await until(
      () => store.renew(lease, 'one', epoch, LONG, patient).catch(() => undefined),
      (answer) => answer !== undefined,
    )
    expect(isRenewed).toBe(true)
  })
})

describe.skipIf(!program)('a Redis server that is reached in another way', () => {
  it('a Redis server that is reached in another way over a Unix socket works', async () => {
    const socket = join(await folder(), 'redis.sock')
    const server = await start('--unixsocket', socket)
    for (const url of [`redis://${socket}?db=2`, `unix://${socket}?db=2`]) {
      const store = await openForTest(url)
      const lease = randomUUID()
      expect(await store.acquire(lease, 'one', LONG, patient)).toMatchObject({ kind: 'granted' })
      const redis = admin(server)
      await redis.select(2)
      expect(await redis.keys(`*${lease}*`)).toHaveLength(2)
    }
  })

  it('a Redis server that is reached in another way over TLS with a private certificate authority works when the URL names it, and not otherwise', async () => {
    const path = await folder()
    const run = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: path })
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes']
    await run('req', '-x509', '-newkey', 'rsa:2048', '-keyout', 'key.pem', '-out', 'ca.pem', ...subject)
    const server = await start('--tls-port', '0')
    await promisify(execFile)('redis-cli', [
      ...['-p', String(server.port), 'config', 'set', 'tls-cert-file', join(path, 'ca.pem')],
      ...['tls-key-file', join(path, 'key.pem'), 'tls-ca-cert-file', join(path, 'ca.pem'), 'tls-auth-clients', 'no'],
    ])
    const port = await freePort()
    expect(await admin(server).config('SET', 'tls-port', port)).toBe('OK')
    const store = await openForTest(`rediss://127.0.0.1:${port}?cacert=${join(path, 'ca.pem')}`)
    expect(await store.acquire(randomUUID(), 'one', LONG, patient)).toMatchObject({ kind: 'granted' })
    const { store: without } = await openTroubled(`rediss://127.0.0.1:${port}`)
    await expect(without.acquire(randomUUID(), 'one', LONG, patient)).rejects.toThrow('self-signed certificate')
  })

  it('a Redis server that is reached in another way as a node of a cluster is not led on, and the problem says so', async () => {
    const server = await start('--cluster-enabled', 'yes')
    await promisify(execFile)('redis-cli', ['-p', String(server.port), 'cluster', 'addslotsrange', '0', '16383'])
    const store = await openForTest(server.url)
    const problems = await store.check(patient)
    expect(problems).toMatchObject([{ code: 'mode', forbidsLeading: true }])
    expect(problems[0]!.message).toContain('escapement.coordination.url leads to a node of a Redis Cluster')
  })

  it('a Redis server that is reached in another way as a Sentinel is not led on', () => {
    expect(problemsOf({ redis_mode: 'sentinel', redis_version: '7.0.15', maxmemory: '0' }, true)).toMatchObject([
      { code: 'mode', forbidsLeading: true },
    ])
  })

  it('a Redis server that is reached in another way that is older than Redis 5 is not led on', () => {
    expect(problemsOf({ redis_version: '4.0.14', maxmemory: '0' }, true)).toMatchObject([
      { code: 'version', forbidsLeading: true },
    ])
  })

  it('a Redis server that is reached in another way that does not answer is named with the real reason', async () => {
    const server = await start()
    await server.shutDown()
    const { store } = await openTroubled(server.url)
    await expect(store.acquire('a', 'one', LONG, patient)).rejects.toThrow(
      `Redis at 127.0.0.1:${server.port} cannot be used: connect ECONNREFUSED`,
    )
  })
})

describe.skipIf(!program)('records that Escapement did not write on Redis', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startRedis(program!)
  })
  afterAll(() => server?.stop())
  const holderKey = (lease: string) => `${NAMESPACE}:{${lease}}:holder`
  const epochKey = (lease: string) => `${NAMESPACE}:{${lease}}:epoch`
  const whenFree = async (lease: string, ttl: number) => {
    const store = await openForTest(server.url)
    const askedAt = performance.now()
    const answer = await until(
      () => store.acquire(lease, 'other', ttl, patient),
      ({ kind }) => kind === 'granted',
    )
    return { answer, store, waited: performance.now() - askedAt }
  }

  const DAMAGED: readonly (readonly [string, (redis: Redis, key: string) => Promise<unknown>])[] = [
    ['text without a ttl', (redis, key) => redis.set(key, 'foo')],
    ['text with a ttl of an hour', (redis, key) => redis.set(key, 'foo', 'PX', HOUR)],
    ['empty text', (redis, key) => redis.set(key, '')],
    ['a number', (redis, key) => redis.set(key, '42')],
    ['a record with an endless epoch', (redis, key) => redis.set(key, `${'9'.repeat(30)} 5000 one`)],
    ['a record with an endless ttl', (redis, key) => redis.set(key, `1 ${'9'.repeat(30)} one`)],
    ['a list', (redis, key) => redis.rpush(key, 'foo')],
    ['a hash', (redis, key) => redis.hset(key, 'foo', 'bar')],
  ]
  it.each(DAMAGED)(
    'on Redis, %s as the holder of a lease is named, and the lease is free after its ttl',
    async (_name, write) => {
      const lease = randomUUID()
      await write(admin(server), holderKey(lease))
      const store = await openForTest(server.url)
      expect(await store.acquire(lease, 'one', 500, patient)).toMatchObject({ kind: 'held', epoch: 0n })
      const problems = await store.check(patient)
      expect(problems).toMatchObject([{ code: 'record', forbidsLeading: false }])
      expect(problems[0]!.message).toContain(holderKey(lease))
      expect(await store.renew(lease, 'one', 2n, 500, patient)).toBe(false)
      expect(await store.release(lease, 'one', 2n, patient)).toBe(false)
      const { answer, store: next } = await whenFree(lease, 500)
      expect(answer.kind).toBe('granted')
      expect(await next.check(patient)).toEqual([])
    },
  )

  it('an expiry further off than the ttl, as after the clock of the server was set back, ends after the ttl', async () => {
    const store = await openForTest(server.url)
    const lease = randomUUID()
    const before = epochOf(await store.acquire(lease, 'dead', 1_000, patient))
    await admin(server).pexpire(holderKey(lease), HOUR)
    // The ttl of the record counts, not that of the candidate.
    const { answer, waited } = await whenFree(lease, LONG)
    expect(answer.epoch).toBeGreaterThan(before)
    expect(waited).toBeGreaterThan(900)
    expect(waited).toBeLessThan(20_000)
  })

  it('an expiry further off than the ttl does not take the lease from a holder that lives', async () => {
    const store = await openForTest(server.url)
    const lease = randomUUID()
    const epoch = epochOf(await store.acquire(lease, 'alive', 2_000, patient))
    await admin(server).pexpire(holderKey(lease), HOUR)
    expect(await store.acquire(lease, 'other', 2_000, patient)).toEqual({ kind: 'held', holder: 'alive', epoch })
    expect(await store.renew(lease, 'alive', epoch, 2_000, patient)).toBe(true)
    expect(await admin(server).pttl(holderKey(lease))).toBeLessThanOrEqual(2_000)
  })

  it.each([
    ['abc', (redis: Redis, key: string) => redis.set(key, 'abc')],
    ['a number that Lua cannot hold', (redis: Redis, key: string) => redis.set(key, '9'.repeat(30))],
    ['a hash', (redis: Redis, key: string) => redis.hset(key, 'foo', 'bar')],
  ])('on Redis, %s as the last epoch is named and replaced by the clock', async (_name, write) => {
    const lease = randomUUID()
    await write(admin(server), epochKey(lease))
    const store = await openForTest(server.url)
    expect(epochOf(await store.acquire(lease, 'one', LONG, patient))).toBeGreaterThan(1_700_000_000_000n)
    const [problem] = await store.check(patient)
    expect(problem!.message).toContain(`the key "${epochKey(lease)}"`)
  })

  it('a value of another type as a claim is named, and its tick is run by nobody', async () => {
    const tick = randomUUID()
    const key = `${NAMESPACE}:{${tick}}:claim`
    await admin(server).rpush(key, 'foo')
    const store = await openForTest(server.url)
    expect(await store.claim(tick, 'one', LONG, patient)).toBe(false)
    expect((await store.check(patient))[0]!.message).toContain(key)
  })

  it('bad member records are dropped and counted, and a dead member leaves after its ttl though the clock was set back', async () => {
    const namespace = `contract-${randomUUID().slice(0, 8)}`
    const key = `${namespace}:members`
    const store = await openForTest(server.url, { namespace })
    const far = Date.now() + HOUR
    const bad = {
      foo: 'bar',
      empty: '',
      old: `${far} 1`,
      weightless: `${far} 5000 x`,
      negative: `${far} 5000 -1`,
      nan: `${far} 5000 nan`,
    }
    await admin(server).hset(key, { ...bad, dead: `${far} 1000 1` })
    const ids = async () => (await store.heartbeat({ id: 'one', weight: 1 }, LONG, patient)).map(({ id }) => id)
    expect(await ids()).toEqual(['dead', 'one'])
    const [problem] = await store.check(patient)
    expect(problem!.message).toContain(`held ${Object.keys(bad).length} records that are no members`)
    await until(ids, (members) => !members.includes('dead'))
    expect(await store.check(patient)).toEqual([])
    expect(await admin(server).hkeys(key)).toEqual(['one'])
  })

  it('a value of another type in place of the members is named and replaced', async () => {
    const namespace = `contract-${randomUUID().slice(0, 8)}`
    await admin(server).set(`${namespace}:members`, 'foo')
    const store = await openForTest(server.url, { namespace })
    expect(await store.heartbeat({ id: 'one', weight: 1 }, LONG, patient)).toHaveLength(1)
    expect((await store.check(patient))[0]!.message).toContain(`${namespace}:members`)
  })
})
