import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parseEtcdUrl } from '../../src/coordinate/stores/etcd-gateway.js'
import { EtcdStore } from '../../src/coordinate/stores/etcd-store.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { startEtcd } from '../support/servers/etcd.js'
import { findServer } from '../support/servers/find-server.js'
import { freePort, type TestServer } from '../support/servers/server-process.js'
import { faultContract } from './fault-contract.js'
import { epochOf, openForTest, patient, storeContract } from './store-contract.js'
import { describeFully, openTroubled } from './troubled.js'
import { until } from './until.js'

const program = await findServer('etcd')

const LONG = 60_000

async function post(server: TestServer, path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', body: JSON.stringify(body) })
  expect(response.status).toBe(200)
  return (await response.json()) as Record<string, unknown>
}

async function etcdLeases(server: TestServer): Promise<number> {
  const { leases } = await post(server, '/v3/lease/leases', {})
  return (leases as unknown[] | undefined)?.length ?? 0
}

describe.skipIf(!program)('the etcd store', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startEtcd(program!)
  })
  afterAll(() => server?.stop())

  const openWithVirtualClock = () => {
    const clock = new VirtualClock()
    const options = { url: server.url, namespace: 'virtual', onError: () => {} }
    const store = new EtcdStore(parseEtcdUrl(server.url)!, options, clock)
    onTestFinished(() => store.close())
    return { store, clock }
  }

  storeContract({ url: () => server.url, shortTtl: 1_000, isShared: true })
  faultContract({ server: () => server, shortTtl: 1_000 })

  it('the etcd store goes on to the next endpoint when one cannot be connected to', async () => {
    const store = await openForTest(`etcd://127.0.0.1:${await freePort()},127.0.0.1:${server.port}`)
    expect(await store.acquire(randomUUID(), 'one', LONG, patient)).toMatchObject({ kind: 'granted' })
  })

  it('the etcd store does not send a request again that may have arrived, and asks the next endpoint the next time', async () => {
    const frozen = await startEtcd(program!)
    try {
      const { store } = await openTroubled(`etcd://127.0.0.1:${frozen.port},127.0.0.1:${server.port}`)
      const tick = randomUUID()
      await frozen.pause()
      await expect(store.claim(tick, 'one', LONG, AbortSignal.timeout(300))).rejects.toMatchObject({
        name: 'TimeoutError',
      })
      expect(await store.claim(tick, 'one', LONG, patient)).toBe(true)
    } finally {
      await frozen.stop()
    }
  })

  it('the etcd store leaves no life span behind for a lease that it did not get or gave back', async () => {
    const stores = [await openForTest(server.url), await openForTest(server.url)]
    const before = await etcdLeases(server)
    const lease = randomUUID()
    const asked = [...stores, ...stores, ...stores].map((store, at) => store.acquire(lease, `${at}`, LONG, patient))
    const answers = await Promise.all(asked)
    const at = answers.findIndex(({ kind }) => kind === 'granted')
    expect(await stores[0]!.release(lease, `${at}`, answers[at]!.epoch, patient)).toBe(true)
    expect(await etcdLeases(server)).toBe(before)
  })

  it('the etcd store keeps many claims under one life span', async () => {
    const store = await openForTest(server.url)
    const before = await etcdLeases(server)
    for (let tick = 0; tick < 20; tick++) await store.claim(randomUUID(), 'one', 60_000 + tick, patient)
    expect((await etcdLeases(server)) - before).toBe(1)
  })

  it('the etcd store keeps claims that are made later under another life span, so that none is kept too shortly', async () => {
    const { store, clock } = openWithVirtualClock()
    const before = await etcdLeases(server)
    await store.claim(randomUUID(), 'one', LONG, patient)
    await clock.advance(2 * LONG * 1_000)
    await store.claim(randomUUID(), 'one', LONG, patient)
    expect((await etcdLeases(server)) - before).toBe(2)
  })

  it('the etcd store does not take a claim for made that was too long on its way to be kept for long enough', async () => {
    const { store, clock } = openWithVirtualClock()
    const claiming = store.claim(randomUUID(), 'one', LONG, patient)
    clock.jumpWall(2 * LONG)
    await expect(claiming).rejects.toThrow('too late')
  })

  it('the etcd store is heard of by those who watch when a lease expires, too', async () => {
    const store = await openForTest(server.url)
    const heard: string[] = []
    await store.watch((lease) => heard.push(lease))
    const lease = randomUUID()
    epochOf(await store.acquire(lease, 'one', 1_000, patient))
    await until(
      () => heard.includes(lease),
      (isHeard) => isHeard,
    )
    expect(heard).toEqual([lease])
  })

  it('the etcd store refuses to renew for longer than the lease was asked for', async () => {
    const store = await openForTest(server.url)
    const lease = randomUUID()
    const epoch = epochOf(await store.acquire(lease, 'one', 5_000, patient))
    await expect(store.renew(lease, 'one', epoch, 10_000, patient)).rejects.toThrow('5 s, but 10 s were requested')
    expect(await store.renew(lease, 'one', epoch, 5_000, patient)).toBe(true)
  })
})

describe.skipIf(!program)('an etcd cluster with users', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startEtcd(program!)
    await post(server, '/v3/auth/user/add', { name: 'root', password: 'hunter2@/' })
    await post(server, '/v3/auth/role/add', { name: 'root' })
    await post(server, '/v3/auth/user/grant', { user: 'root', role: 'root' })
    await post(server, '/v3/auth/enable', {})
  })
  afterAll(() => server?.stop())
  const urlWith = (password: string) => server.url.replace('etcd://', `etcd://root:${encodeURIComponent(password)}@`)

  it('an etcd cluster with users is used as the user of the URL, also after the server has forgotten who that was', async () => {
    const store = await openForTest(urlWith('hunter2@/'))
    const lease = randomUUID()
    const epoch = epochOf(await store.acquire(lease, 'one', LONG, patient))
    await server.restart()
    const isRenewed = await until(
      () => store.renew(lease, 'one', epoch, LONG, patient).catch(() => undefined),
      (answer) => answer !== undefined,
    )
    expect(isRenewed).toBe(true)
  })

  it('an etcd cluster with users that refuses the user is told of without telling the password', async () => {
    const { store } = await openTroubled(urlWith('hunter3'))
    const failure = await store.acquire(randomUUID(), 'one', LONG, patient).catch((error) => error)
    expect(failure).toMatchObject({ code: 'ERR_STORE_REFUSED' })
    expect(describeFully(failure)).not.toContain('hunter')
  })

  it('an etcd cluster with users refuses who does not say who he is', async () => {
    const { store } = await openTroubled(server.url)
    await expect(store.acquire(randomUUID(), 'one', LONG, patient)).rejects.toMatchObject({ code: 'ERR_STORE_REFUSED' })
  })
})
