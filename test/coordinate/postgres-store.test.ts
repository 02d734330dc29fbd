import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findServer } from '../support/servers/find-server.js'
import { startPostgres } from '../support/servers/postgres.js'
import type { TestServer } from '../support/servers/server-process.js'
import { faultContract } from './fault-contract.js'
import { connectTo, newRoleOf, useAll } from './postgres-admin.js'
import { epochOf, openForTest, patient, storeContract } from './store-contract.js'
import { describeFully, openTroubled } from './troubled.js'
import { until } from './until.js'

const program = await findServer('postgres')

const LONG = 60_000

/** An error as a pooler sends it that does not know a parameter. */
function refusal(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${message}\0\0`)
  const head = Buffer.alloc(5, 'E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

/** What a pooler looks like that refuses a parameter, and passes on everything else; its port. */
async function startPooler(port: number): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => {})
    client.once('data', (startup) => {
      if (startup.includes('statement_timeout')) {
        client.end(refusal('unsupported startup parameter: statement_timeout'))
        return
      }
      const upstream = connect(port, '127.0.0.1')
      sockets.add(upstream)
      upstream.on('error', () => {})
      upstream.write(startup)
      client.pipe(upstream).pipe(client)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return (server.address() as { port: number }).port
}

describe.skipIf(!program)('the Postgres store', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startPostgres(program!)
  })
  afterAll(() => server?.stop())

  const admin = () => connectTo(server)
  const newRole = () => newRoleOf(server)

  storeContract({ url: () => server.url, shortTtl: 100, isShared: true })
  faultContract({ server: () => server, shortTtl: 1_000 })

  it('the Postgres store is set up by many instances that start at once', async () => {
    const namespace = `many-${randomUUID().slice(0, 8)}`
    const stores = await Promise.all(Array.from({ length: 12 }, () => openForTest(server.url, { namespace })))
    const answers = await Promise.all(stores.map((store, at) => store.acquire('a', `${at}`, LONG, patient)))
    expect(answers.filter(({ kind }) => kind === 'granted')).toHaveLength(1)
  })

  it('the Postgres store sets itself up again when its tables were dropped, and gives higher epochs than before', async () => {
    const namespace = `dropped-${randomUUID().slice(0, 8)}`
    const store = await openForTest(server.url, { namespace })
    const epoch = epochOf(await store.acquire('a', 'one', LONG, patient))
    await (await admin()).query(`DROP SCHEMA "${namespace}" CASCADE`)
    expect(await store.renew('a', 'one', epoch, LONG, patient)).toBe(false)
    expect(epochOf(await store.acquire('a', 'one', LONG, patient))).toBeGreaterThan(epoch)
  })

  it('the Postgres store says that the database is read-only', async () => {
    const { role, client } = await newRole()
    await client.query(`ALTER ROLE ${role} SET default_transaction_read_only = on`)
    const store = await openForTest(server.url.replace('escapement@', `${role}@`))
    expect(await store.check(patient)).toMatchObject([{ code: 'read_only', forbidsLeading: true }])
  })

  it('the Postgres store asks again when Postgres refuses a claim because of a serialization failure', async () => {
    const namespace = `serial-${randomUUID().slice(0, 8)}`
    await useAll(await openForTest(server.url, { namespace }))
    const { role, client } = await newRole()
    await client.query(`GRANT USAGE ON SCHEMA "${namespace}" TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${namespace}" TO ${role};
      ALTER ROLE ${role} SET default_transaction_isolation = serializable`)
    const url = server.url.replace('escapement@', `${role}@`)
    const stores = await Promise.all(Array.from({ length: 6 }, () => openForTest(url, { namespace })))
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(stores.map((store, at) => store.claim(`tick-${round}`, `${at}`, LONG, patient)))
      expect(answers.filter(Boolean)).toHaveLength(1)
    }
  })

  it('the Postgres store never uses more connections than its limit, though all its requests are given up', async () => {
    const namespace = `limit-${randomUUID().slice(0, 8)}`
    const name = `app-${randomUUID().slice(0, 8)}`
    const store = await openForTest(`${server.url}?application_name=${name}`, { namespace })
    await useAll(store)
    const client = await admin()
    await client.query('BEGIN')
    await client.query(`LOCK TABLE "${namespace}".claim`)
    const watcher = await admin()
    const backends = async () =>
      (await watcher.query('SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1', [name]))
        .rows[0].count as number
    let most = 0
    for (let round = 0; round < 12; round++) {
      const claims = Array.from({ length: 6 }, (_, at) =>
        store.claim(`tick-${round}-${at}`, 'one', LONG, AbortSignal.timeout(60)).catch(() => {}),
      )
      await Promise.all(claims)
      most = Math.max(most, await backends())
    }
    // One that is ending may still be listed beside the one that takes its place.
    expect(most).toBeLessThanOrEqual(8)
    await client.query('ROLLBACK')
    expect(await store.claim('after', 'one', LONG, patient)).toBe(true)
    await until(backends, (count) => count <= 4)
  })

  it('the Postgres store cancels the statement of a request that was given up', async () => {
    const namespace = `cancel-${randomUUID().slice(0, 8)}`
    // Through a pooler there is no `statement_timeout`: nothing but the cancellation ends the statement while the lock is held.
    const port = await startPooler(server.port)
    const store = await openForTest(server.url.replace(`:${server.port}`, `:${port}`), { namespace })
    await useAll(store)
    const client = await admin()
    await client.query('BEGIN')
    await client.query(`LOCK TABLE "${namespace}".claim`)
    const waiting = async () =>
      (
        await client.query(
          `SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND relation = '"${namespace}".claim'::regclass`,
        )
      ).rows[0].count as number
    const over = new AbortController()
    const claim = store.claim('a', 'one', LONG, over.signal).catch((error) => error)
    await until(waiting, (count) => count === 1)
    over.abort(new Error('given up'))
    expect(await claim).toMatchObject({ message: 'given up' })
    await until(waiting, (count) => count === 0)
    await client.query('ROLLBACK')
    expect(await store.claim('a', 'other', LONG, patient)).toBe(true)
  })

  it('the Postgres store deletes claims that have lapsed', async () => {
    const namespace = `swept-${randomUUID().slice(0, 8)}`
    const store = await openForTest(server.url, { namespace })
    await store.claim('kept', 'one', LONG, patient)
    for (let tick = 0; tick < 50; tick++) await store.claim(`tick-${tick}`, 'one', 1, patient)
    const client = await admin()
    await until(
      async () => {
        await store.claim('last', 'one', LONG, patient)
        return (await client.query(`SELECT tick FROM "${namespace}".claim ORDER BY tick`)).rows.map(({ tick }) => tick)
      },
      (ticks) => ticks.length === 2,
    )
    expect(await store.claim('kept', 'other', LONG, patient)).toBe(false)
  })

  it('the Postgres store works through a pooler that does not know statement_timeout', async () => {
    const port = await startPooler(server.port)
    const store = await openForTest(server.url.replace(`:${server.port}`, `:${port}`))
    const lease = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) => store.acquire(lease, `${at}`, LONG, patient)),
    )
    expect(answers.filter(({ kind }) => kind === 'granted')).toHaveLength(1)
  })

  it('the Postgres store gives up a statement that is kept waiting by a lock', async () => {
    const store = await openForTest(server.url)
    const lease = randomUUID()
    const epoch = epochOf(await store.acquire(lease, 'one', LONG, patient))
    const client = await admin()
    await client.query('BEGIN')
    await client.query('SELECT FROM contract.lease WHERE name = $1 FOR UPDATE', [lease])
    await expect(store.renew(lease, 'one', epoch, LONG, patient)).rejects.toThrow(/statement timeout/)
    await client.query('ROLLBACK')
    expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(true)
  })

  it('the Postgres store tells of connections that break without telling the password', async () => {
    const { store, troubles } = await openTroubled(server.url.replace('escapement@', 'escapement:hunter2@'))
    await store.watch(() => {})
    await store.claim(randomUUID(), 'one', LONG, patient)
    await server.restart()
    await until(
      () => troubles.length,
      (count) => count >= 2,
    )
    for (const error of troubles) expect(describeFully(error)).not.toContain('hunter2')
  })
})
