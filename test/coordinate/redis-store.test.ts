import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findServer } from '../support/servers/find-server.js'
import { startRedis } from '../support/servers/redis.js'
import type { TestServer } from '../support/servers/server-process.js'
import { faultContract } from './fault-contract.js'
import { epochOf, openForTest, patient, storeContract } from './store-contract.js'
import { describeFully, openTroubled } from './troubled.js'

const program = await findServer('redis-server')

describe.skipIf(!program)('the Redis store', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startRedis(program!)
  })
  afterAll(() => server?.stop())

  storeContract({ url: () => server.url, shortTtl: 100, isShared: true })
  faultContract({ server: () => server, shortTtl: 1_000 })

  it('the Redis store gives higher epochs after the server has lost everything', async () => {
    const store = await openForTest(server.url)
    const lease = randomUUID()
    const before = epochOf(await store.acquire(lease, 'one', 60_000, patient))
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    await admin.flushall()
    expect(epochOf(await store.acquire(lease, 'other', 60_000, patient))).toBeGreaterThan(before)
  })

  it('the Redis store keeps all keys of a lease in one hash slot of a Redis cluster', async () => {
    const store = await openForTest(server.url)
    const lease = randomUUID()
    epochOf(await store.acquire(lease, 'one', 60_000, patient))
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    const keys = await admin.keys(`*${lease}*`)
    const tags = keys.map((key) => /{(.*)}/.exec(key)?.[1])
    expect(tags).toEqual([lease, lease])
  })
})

describe.skipIf(!program)('a Redis server with a password', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startRedis(program!, { password: 'hunter2' })
  })
  afterAll(() => server?.stop())

  it('a Redis server with a password is used with the password of the URL', async () => {
    const store = await openForTest(server.url)
    expect(await store.acquire(randomUUID(), 'one', 1_000, patient)).toMatchObject({ kind: 'granted' })
  })

  it('a Redis server with a password that refuses it is told of without telling the password', async () => {
    const { troubles, store } = await openTroubled(server.url.replace('hunter2', 'hunter3'))
    const failure = await store.acquire(randomUUID(), 'one', 1_000, patient).catch((error) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(troubles).not.toEqual([])
    for (const error of [failure, ...troubles]) expect(describeFully(error)).not.toContain('hunter')
  })
})
