/** What etcd is trusted for, and what becomes of records that Escapement did not write. Real servers. */
import { randomUUID } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startEtcd } from '../support/servers/etcd.js'
import { findServer } from '../support/servers/find-server.js'
import { freePort, type TestServer } from '../support/servers/server-process.js'
import { epochOf, openForTest, patient } from './store-contract.js'
import { openTroubled } from './troubled.js'
import { until } from './until.js'

const program = await findServer('etcd')

const LONG = 60_000
const encode = (text: string) => Buffer.from(text).toString('base64')

async function post(server: TestServer, path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', body: JSON.stringify(body) })
  expect(response.status).toBe(200)
  return (await response.json()) as Record<string, unknown>
}

const put = (server: TestServer, key: string, value: string) =>
  post(server, '/v3/kv/put', { key: encode(key), value: encode(value) })

async function enableUsers(server: TestServer): Promise<void> {
  await post(server, '/v3/auth/user/add', { name: 'root', password: 'secret' })
  await post(server, '/v3/auth/role/add', { name: 'root' })
  await post(server, '/v3/auth/user/grant', { user: 'root', role: 'root' })
  await post(server, '/v3/auth/enable', {})
}

describe.skipIf(!program)('the users of etcd', () => {
  it('the users of etcd are not needed where authentication is off, and authentication can be turned on under a leader', async () => {
    const server = await startEtcd(program!)
    onTestFinished(() => server.stop())
    const { store } = await openTroubled(server.url.replace('etcd://', 'etcd://root:secret@'))
    const lease = randomUUID()
    const epoch = epochOf(await store.acquire(lease, 'one', LONG, patient))
    await enableUsers(server)
    expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(true)
    expect(await store.claim(lease, 'one', LONG, patient)).toBe(true)
    expect(await store.heartbeat({ id: 'one', weight: 1 }, LONG, patient)).toHaveLength(1)
    expect(await store.release(lease, 'one', epoch, patient)).toBe(true)
  })
})

describe.skipIf(!program)('connections and records on etcd', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startEtcd(program!)
  })
  afterAll(() => server?.stop())

  it('requests, renewals too, one after the other use one connection', async () => {
    let connections = 0
    const proxy = createServer((from) => {
      connections += 1
      const to = connect(server.port, '127.0.0.1')
      from.pipe(to).pipe(from)
      for (const socket of [from, to]) socket.on('error', () => {})
    })
    const port = await freePort()
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve))
    onTestFinished(() => void proxy.close())
    const store = await openForTest(`etcd://127.0.0.1:${port}`)
    const lease = randomUUID()
    const epoch = epochOf(await store.acquire(lease, 'one', LONG, patient))
    for (let renewal = 0; renewal < 5; renewal++)
      expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(true)
    for (let beat = 0; beat < 3; beat++) await store.heartbeat({ id: 'one', weight: 1 }, LONG, patient)
    expect(connections).toBe(1)
  })

  it.each(['foo', '', '12345', `${'9'.repeat(30)} one`, '5 one'])(
    '%j without an etcd lease as the holder of a lease is named, and the lease is free after its ttl',
    async (value) => {
      const lease = randomUUID()
      await put(server, `contract/lease/${lease}`, value)
      const store = await openForTest(server.url)
      expect(await store.acquire(lease, 'one', 1_000, patient)).toMatchObject({ kind: 'held', epoch: 0n })
      const problems = await store.check(patient)
      expect(problems).toMatchObject([{ code: 'record', forbidsLeading: false }])
      expect(problems[0]!.message).toContain(`contract/lease/${lease}`)
      const answer = await until(
        () => store.acquire(lease, 'one', 1_000, patient),
        ({ kind }) => kind === 'granted',
      )
      expect(answer.epoch).toBeGreaterThan(1_700_000_000_000n)
      expect(await store.check(patient)).toEqual([])
    },
  )

  it.each(['abc', '9'.repeat(40), ''])('%j as the last epoch is named and replaced by the clock', async (value) => {
    const lease = randomUUID()
    await put(server, `contract/epoch/${lease}`, value)
    const store = await openForTest(server.url)
    const epoch = epochOf(await store.acquire(lease, 'one', LONG, patient))
    expect(epoch).toBeGreaterThan(1_700_000_000_000n)
    expect((await store.check(patient))[0]!.message).toContain(`contract/epoch/${lease}`)
    expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(true)
  })

  it('bad member records are named and ignored', async () => {
    const namespace = `contract-${randomUUID().slice(0, 8)}`
    for (const [id, weight] of Object.entries({ foo: 'bar', empty: '', forever: '1' }))
      await put(server, `${namespace}/member/${id}`, weight)
    const store = await openForTest(server.url, { namespace })
    expect(await store.heartbeat({ id: 'one', weight: 1 }, LONG, patient)).toEqual([{ id: 'one', weight: 1 }])
    expect(await store.check(patient)).toHaveLength(3)
  })

  it('a claim whose etcd lease was revoked by hand is made under another', async () => {
    const store = await openForTest(server.url)
    await store.claim(randomUUID(), 'one', LONG, patient)
    const { leases } = (await post(server, '/v3/lease/leases', {})) as { leases: { ID: string }[] }
    for (const { ID } of leases) await post(server, '/v3/lease/revoke', { ID })
    expect(await store.claim(randomUUID(), 'one', LONG, patient)).toBe(true)
  })
})
