import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findServer } from '../support/servers/find-server.js'
import { startPostgres } from '../support/servers/postgres.js'
import type { TestServer } from '../support/servers/server-process.js'
import { newRoleOf } from './postgres-admin.js'
import { epochOf, openForTest, patient } from './store-contract.js'
import { until } from './until.js'

const program = await findServer('postgres')

describe.skipIf(!program)('when the clock of a Postgres database is set back by an hour', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startPostgres(program!)
  })
  afterAll(() => server?.stop())

  const newRole = () => newRoleOf(server)

  /** A role whose `clock_timestamp()` is the server's, moved by as many seconds as the returned function was told last. */
  async function withClock(namespace: string) {
    const { role, client } = await newRole()
    const schema = `clock_${randomUUID().slice(0, 8)}`
    await client.query(`CREATE SCHEMA ${schema} AUTHORIZATION ${role}; CREATE TABLE ${schema}.moved (seconds float8);
        INSERT INTO ${schema}.moved VALUES (0); GRANT SELECT ON ${schema}.moved TO ${role};
        CREATE FUNCTION ${schema}.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS
          $$ SELECT pg_catalog.clock_timestamp() + seconds * interval '1 second' FROM ${schema}.moved $$;
        ALTER ROLE ${role} SET search_path = ${schema}, pg_catalog;
        CREATE SCHEMA "${namespace}" AUTHORIZATION ${role}`)
    return {
      url: server.url.replace('escapement@', `${role}@`),
      moveClock: (seconds: number) => client.query(`UPDATE ${schema}.moved SET seconds = ${seconds}`),
    }
  }

  it('the lease of a holder that died is free after its ttl, and that of a living holder is not', async () => {
    const namespace = `back-${randomUUID().slice(0, 8)}`
    const { url, moveClock } = await withClock(namespace)
    const [dead, living, candidate] = [
      await openForTest(url, { namespace }),
      await openForTest(url, { namespace }),
      await openForTest(url, { namespace }),
    ]
    const ttl = 1_500
    const epoch = epochOf(await dead.acquire('dead', 'one', ttl, patient))
    const livingEpoch = epochOf(await living.acquire('living', 'other', ttl, patient))
    await moveClock(-3_600)
    const since = performance.now()
    const answers = new Set<string>()
    const renewals = new Set<boolean>()
    const taken = await until(
      async () => {
        renewals.add(await living.renew('living', 'other', livingEpoch, ttl, patient))
        answers.add((await candidate.acquire('living', 'candidate', ttl, patient)).kind)
        return candidate.acquire('dead', 'candidate', ttl, patient)
      },
      ({ kind }) => kind === 'granted',
    )
    expect(performance.now() - since).toBeGreaterThanOrEqual(ttl)
    expect(epochOf(taken)).toBeGreaterThan(epoch)
    expect([[...answers], [...renewals]]).toEqual([['held'], [true]])
  })

  it('a member that died is gone, and living members stay', async () => {
    const namespace = `members-${randomUUID().slice(0, 8)}`
    const { url, moveClock } = await withClock(namespace)
    const store = await openForTest(url, { namespace })
    const beat = async (id: string) =>
      (await store.heartbeat({ id, weight: 1 }, 15_000, patient)).map((member) => member.id)
    await beat('dead')
    await beat('a')
    expect(await beat('b')).toEqual(['a', 'b', 'dead'])
    await moveClock(-3_600)
    await beat('a')
    expect(await beat('b')).toEqual(['a', 'b'])
    expect(await beat('a')).toEqual(['a', 'b'])
  })
})
