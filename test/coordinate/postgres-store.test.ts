import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findServer } from '../support/servers/find-server.js'
import { startPostgres } from '../support/servers/postgres.js'
import type { TestServer } from '../support/servers/server-process.js'
import { faultContract } from './fault-contract.js'
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

  const admin = async () => {
    const client = new Client({ connectionString: server.url })
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }

  storeContract({ url: () => server.url, shortTtl: 100, isShared: true })
  faultContract({ server: () => server, shortTtl: 1_000 })

  it('is set up by many instances that start at once', async () => {
    const namespace = `many-${randomUUID().slice(0, 8)}`
    const stores = await Promise.all(Array.from({ length: 12 }, () => openForTest(server.url, { namespace })))
    const answers = await Promise.all(stores.map((store, at) => store.acquire('a', `${at}`, LONG, patient)))
    expect(answers.filter(({ kind }) => kind === 'granted')).toHaveLength(1)
  })

  it('needs no right to create anything when its tables are there', async () => {
    const namespace = `granted-${randomUUID().slice(0, 8)}`
    const owner = await openForTest(server.url, { namespace })
    await owner.claim('a', 'one', LONG, patient)
    const client = await admin()
    const role = `role_${randomUUID().slice(0, 8)}`
    await client.query(`CREATE ROLE ${role} LOGIN`)
    await client.query(`GRANT USAGE ON SCHEMA "${namespace}" TO ${role}`)
    await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${namespace}" TO ${role}`)
    const store = await openForTest(server.url.replace('escapement@', `${role}@`), { namespace })
    expect(await store.claim('b', 'one', LONG, patient)).toBe(true)
    expect(await store.claim('a', 'other', LONG, patient)).toBe(false)
  })

  it('sets itself up again when its tables were dropped, and gives higher epochs than before', async () => {
    const namespace = `dropped-${randomUUID().slice(0, 8)}`
    const store = await openForTest(server.url, { namespace })
    const epoch = epochOf(await store.acquire('a', 'one', LONG, patient))
    await (await admin()).query(`DROP SCHEMA "${namespace}" CASCADE`)
    await expect(store.renew('a', 'one', epoch, LONG, patient)).rejects.toThrow('does not exist')
    expect(await store.renew('a', 'one', epoch, LONG, patient)).toBe(false)
    expect(epochOf(await store.acquire('a', 'one', LONG, patient))).toBeGreaterThan(epoch)
  })

  it('deletes claims that have lapsed', async () => {
    const namespace = `swept-${randomUUID().slice(0, 8)}`
    const store = await openForTest(server.url, { namespace })
    await store.claim('kept', 'one', LONG, patient)
    for (let slot = 0; slot < 50; slot++) await store.claim(`slot-${slot}`, 'one', 1, patient)
    const client = await admin()
    await until(
      async () => {
        await store.claim('last', 'one', LONG, patient)
        return (await client.query(`SELECT tick FROM "${namespace}".claim ORDER BY tick`)).rows.map(({ tick }) => tick)
      },
      (slots) => slots.length === 2,
    )
    expect(await store.claim('kept', 'other', LONG, patient)).toBe(false)
  })

  it('works through a pooler that does not know statement_timeout', async () => {
    const port = await startPooler(server.port)
    const store = await openForTest(server.url.replace(`:${server.port}`, `:${port}`))
    const lease = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) => store.acquire(lease, `${at}`, LONG, patient)),
    )
    expect(answers.filter(({ kind }) => kind === 'granted')).toHaveLength(1)
  })

  it('gives up a statement that is kept waiting by a lock', async () => {
    const store = await openForTest(server.url)
    const lease = randomUUID()
    const epoch = epochOf(await store.acquire(lease, 'one', LONG, patient))
    const client = await admin()
    await client.query('BEGIN')
    await client.query('SELECT FROM contract.lease WHERE name = $1 FOR UPDATE', [lease])
    await expect(store.renew(lease, 'one', epoch, LONG, patient)).rejects.toThrow('statement timeout')
    await client.query('ROLLBACK')
    expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(true)
  })

  it('tells of connections that break without telling the password', async () => {
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
