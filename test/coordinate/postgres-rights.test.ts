import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findServer } from '../support/servers/find-server.js'
import { startPostgres } from '../support/servers/postgres.js'
import type { TestServer } from '../support/servers/server-process.js'
import { connectTo, newRoleOf, useAll } from './postgres-admin.js'
import { openForTest, patient } from './store-contract.js'

const program = await findServer('postgres')

const LONG = 60_000

describe.skipIf(!program)('the tables and rights of the Postgres store', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startPostgres(program!)
  })
  afterAll(() => server?.stop())

  const admin = () => connectTo(server)
  const newRole = () => newRoleOf(server)

  it('needs no right to create anything when its tables are there', async () => {
    const namespace = `granted-${randomUUID().slice(0, 8)}`
    const owner = await openForTest(server.url, { namespace })
    await owner.claim('a', 'one', LONG, patient)
    const { role, client } = await newRole()
    await client.query(`GRANT USAGE ON SCHEMA "${namespace}" TO ${role}`)
    await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${namespace}" TO ${role}`)
    const store = await openForTest(server.url.replace('escapement@', `${role}@`), { namespace })
    expect(await store.claim('b', 'one', LONG, patient)).toBe(true)
    expect(await store.claim('a', 'other', LONG, patient)).toBe(false)
  })

  it.each(['lease', 'claim', 'member', 'key_value'])(
    'makes the table %s again when only that was dropped',
    async (table) => {
      const namespace = `one-${randomUUID().slice(0, 8)}`
      const store = await openForTest(server.url, { namespace })
      await useAll(store)
      await (await admin()).query(`DROP TABLE "${namespace}".${table}`)
      await useAll(store)
      const other = await openForTest(server.url, { namespace })
      await (await admin()).query(`DROP TABLE "${namespace}".${table}`)
      await useAll(other)
    },
  )

  it.each(['lease', 'claim', 'member'])('names a table %s of something else, and does not touch it', async (table) => {
    const namespace = `foreign-${randomUUID().slice(0, 8)}`
    const client = await admin()
    await client.query(
      `CREATE SCHEMA "${namespace}"; CREATE TABLE "${namespace}".${table} (id text PRIMARY KEY, email text)`,
    )
    const store = await openForTest(server.url, { namespace })
    const message = expect.stringContaining(`the table "${namespace}".${table} belongs to something else`)
    await expect(store.claim('a', 'one', LONG, patient)).rejects.toMatchObject({ message })
    expect(await store.check(patient)).toEqual([{ code: 'tables', message, forbidsLeading: true }])
    await client.query(`ALTER TABLE "${namespace}".${table} RENAME TO customers`)
    expect(await store.check(patient)).toEqual([])
    await useAll(store)
  })

  it('uses a schema that the role owns, though the role may not create schemas', async () => {
    const namespace = `owned-${randomUUID().slice(0, 8)}`
    const { role, client } = await newRole()
    const store = await openForTest(server.url.replace('escapement@', `${role}@`), { namespace })
    const lacking = expect.stringContaining(
      `the schema "${namespace}" does not exist, and the role ${role} may not create it`,
    )
    expect(await store.check(patient)).toEqual([{ code: 'tables', message: lacking, forbidsLeading: true }])
    await client.query(`CREATE SCHEMA "${namespace}" AUTHORIZATION ${role}`)
    expect(await store.check(patient)).toEqual([])
    await useAll(store)
  })

  it('names the right that was taken away while it runs, and goes on when it is given back', async () => {
    const namespace = `revoked-${randomUUID().slice(0, 8)}`
    await useAll(await openForTest(server.url, { namespace }))
    const { role, client } = await newRole()
    const grant = `GRANT USAGE ON SCHEMA "${namespace}" TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${namespace}" TO ${role}`
    await client.query(grant)
    const store = await openForTest(server.url.replace('escapement@', `${role}@`), { namespace })
    await useAll(store)
    await client.query(`REVOKE DELETE ON "${namespace}".claim FROM ${role}`)
    await expect(store.claim('b', 'one', LONG, patient)).rejects.toThrow(
      `the role ${role} lacks DELETE on the table "${namespace}".claim`,
    )
    await client.query(grant)
    expect(await store.claim('b', 'one', LONG, patient)).toBe(true)
  })

  it('leads on without the table of the key-value when it is not there and may not be made, and says what the key-value lacks', async () => {
    const namespace = `older-${randomUUID().slice(0, 8)}`
    await useAll(await openForTest(server.url, { namespace }))
    const { role, client } = await newRole()
    await client.query(`DROP TABLE "${namespace}".key_value; GRANT USAGE ON SCHEMA "${namespace}" TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${namespace}" TO ${role}`)
    const store = await openForTest(server.url.replace('escapement@', `${role}@`), { namespace })
    expect(await store.check(patient)).toEqual([])
    expect(await store.acquire('a', 'one', LONG, patient)).toMatchObject({ kind: 'granted' })
    await expect(store.values.list('pause/', patient)).rejects.toThrow(
      `the table "${namespace}".key_value does not exist, and the role ${role} may not create it`,
    )
    await client.query(`GRANT CREATE ON SCHEMA "${namespace}" TO ${role}`)
    expect(await store.values.list('pause/', patient)).toEqual([])
  })

  it('tables made by hand as the docs say are enough for a role that may create nothing', async () => {
    const docs = await readFile(new URL('../../docs/coordination.md', import.meta.url), 'utf8')
    const ddl = /```sql\n(CREATE SCHEMA[\s\S]*?)```/.exec(docs)![1]!
    const namespace = `docs-${randomUUID().slice(0, 8)}`
    const { role, client } = await newRole()
    await client.query(ddl.replaceAll('"shop"', `"${namespace}"`).replaceAll('"app"', role))
    const store = await openForTest(server.url.replace('escapement@', `${role}@`), { namespace })
    expect(await store.check(patient)).toEqual([])
    await useAll(store)
  })
})
