/** What tests of the Postgres store do beside it. */
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { expect, onTestFinished } from 'vitest'
import type { CoordinationStore } from '../../src/coordinate/ports.js'
import type { TestServer } from '../support/servers/server-process.js'
import { patient } from './store-contract.js'

const LONG = 60_000

/** A connection as the superuser; closed at the end of the test. */
export async function connectTo(server: TestServer): Promise<Client> {
  const client = new Client({ connectionString: server.url })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** A role without any rights, the URL with which it logs in, and a connection as the superuser. */
export async function newRoleOf(server: TestServer) {
  const client = await connectTo(server)
  const role = `role_${randomUUID().slice(0, 8)}`
  await client.query(`CREATE ROLE ${role} LOGIN`)
  return { role, client, url: server.url.replace('escapement@', `${role}@`) }
}

/** Uses every table. */
export async function useAll(store: CoordinationStore): Promise<void> {
  expect(await store.acquire(randomUUID(), 'one', LONG, patient)).toMatchObject({ kind: 'granted' })
  expect(await store.claim(randomUUID(), 'one', LONG, patient)).toBe(true)
  expect(await store.heartbeat({ id: 'one', weight: 1 }, LONG, patient)).toContainEqual({ id: 'one', weight: 1 })
  expect(await store.values.put('use/all', 'x', {}, patient)).toMatchObject({ kind: 'stored' })
  expect(await store.values.delete('use/all', {}, patient)).toEqual({ kind: 'deleted' })
}
