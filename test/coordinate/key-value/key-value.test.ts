/** The contract of the key-value over all four stores, on real servers, and what each store does with records of others. */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startEtcd } from '../../support/servers/etcd.js'
import { findServer } from '../../support/servers/find-server.js'
import { startPostgres } from '../../support/servers/postgres.js'
import { startRedis } from '../../support/servers/redis.js'
import type { TestServer } from '../../support/servers/server-process.js'
import { openForTest, patient } from '../store-contract.js'
import { keyValueContract, newSpace } from './key-value-contract.js'

const [redis, postgres, etcd] = await Promise.all([
  findServer('redis-server'),
  findServer('postgres'),
  findServer('etcd'),
])

/** Starts a server for the tests of a `describe`. */
function serverOf(start: () => Promise<TestServer>): () => TestServer {
  let server: TestServer | undefined
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server?.stop())
  return () => server!
}

const FOREIGN = [{ code: 'record', message: expect.stringContaining('is ignored'), forbidsLeading: false }]

describe('the key-value of the local store', () => {
  keyValueContract({ url: () => 'local' })
})

describe.skipIf(!redis)('the key-value of the Redis store', () => {
  const server = serverOf(() => startRedis(redis!))
  keyValueContract({ url: () => server().url })

  const admin = () => {
    const client = new Redis(server().url)
    onTestFinished(() => client.disconnect())
    return client
  }

  it('keeps all keys of a space in one hash slot of a Redis cluster', async () => {
    const [{ values }, space] = [await openForTest(server().url), newSpace()]
    await values.put(`${space}/a`, 'x', {}, patient)
    await values.put(`${space}/b`, 'x', {}, patient)
    const keys = await admin().keys(`*${space}*`)
    expect(keys.sort()).toEqual([`contract:{${space}}:values`, `contract:{${space}}:version`])
  })

  it('uses no version again after the server has lost its last version', async () => {
    const [{ values }, space] = [await openForTest(server().url), newSpace()]
    const before = await values.put(`${space}/a`, 'x', {}, patient)
    await admin().del(`contract:{${space}}:values`, `contract:{${space}}:version`)
    const after = await values.put(`${space}/a`, 'x', {}, patient)
    const versions = [before, after].map((answer) => ('version' in answer ? Number(answer.version) : 0))
    expect(versions[1]).toBeGreaterThan(versions[0]!)
  })

  it.each([
    ['is no record', (client: Redis, key: string) => client.hset(key, key.replace(/.*{(.*)}.*/, '$1/a'), 'not ours')],
    ['is of another type', (client: Redis, key: string) => client.set(key, 'not ours')],
  ])('reads a value that %s as absent, reports it, and replaces it', async (_, spoil) => {
    const [store, space] = [await openForTest(server().url), newSpace()]
    await spoil(admin(), `contract:{${space}}:values`)
    expect(await store.values.get(`${space}/a`, patient)).toBeUndefined()
    expect(await store.check(patient)).toEqual(FOREIGN)
    expect(await store.values.list(`${space}/`, patient)).toEqual([])
    expect(await store.values.put(`${space}/a`, 'ours', { ifVersion: '0' }, patient)).toMatchObject({ kind: 'stored' })
    expect((await store.values.get(`${space}/a`, patient))!.value).toBe('ours')
    expect(await store.check(patient)).toEqual([])
  })
})

describe.skipIf(!postgres)('the key-value of the Postgres store', () => {
  const server = serverOf(() => startPostgres(postgres!))
  keyValueContract({ url: () => server().url })
})

describe.skipIf(!etcd)('the key-value of the etcd store', () => {
  const server = serverOf(() => startEtcd(etcd!))
  keyValueContract({ url: () => server().url })

  it('reads a value that is no record as absent, reports it, and replaces it', async () => {
    const [store, space] = [await openForTest(server().url), newSpace()]
    const body = {
      key: Buffer.from(`contract/value/${space}/a`).toString('base64'),
      value: Buffer.from('not ours').toString('base64'),
    }
    const url = `http://127.0.0.1:${server().port}/v3/kv/put`
    expect((await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status).toBe(200)
    expect(await store.values.get(`${space}/a`, patient)).toBeUndefined()
    expect(await store.check(patient)).toEqual(FOREIGN)
    expect(await store.values.list(`${space}/`, patient)).toEqual([])
    expect(await store.values.put(`${space}/a`, 'ours', { ifVersion: '0' }, patient)).toMatchObject({ kind: 'stored' })
    expect((await store.values.get(`${space}/a`, patient))!.value).toBe('ours')
    expect(await store.check(patient)).toEqual([])
  })
})
