/** scheduled-task-service on a real PostgreSQL, on a real thread. */
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findServer } from '../support/servers/find-server.js'
import { startPostgres } from '../support/servers/postgres.js'
import type { TestServer } from '../support/servers/server-process.js'
import { supervise } from '../support/supervised.js'

const EXAMPLE = fileURLToPath(new URL('../../examples/scheduled-task-service.ts', import.meta.url))
const program = await findServer('postgres')

describe.skipIf(!program)('scheduled-task-service with PostgreSQL', () => {
  let server: TestServer
  let client: Client

  beforeAll(async () => {
    server = await startPostgres(program!)
    client = new Client({ connectionString: server.url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await server.stop()
  })

  const count = async (sql: string) => Number((await client.query(sql)).rows[0].count)

  it('scheduled-task-service with PostgreSQL deletes the sessions that have expired, and only those', async () => {
    await client.query('CREATE TABLE sessions (id bigserial PRIMARY KEY, expires_at timestamptz NOT NULL)')
    await client.query("INSERT INTO sessions (expires_at) SELECT now() - interval '1 hour' FROM generate_series(1, 40)")
    await client.query("INSERT INTO sessions (expires_at) SELECT now() + interval '1 hour' FROM generate_series(1, 60)")
    const { log, ledger, stop } = await supervise([EXAMPLE], {
      config: {
        DATABASE_URL: server.url,
        CLEANUP_INTERVAL: '100ms',
        HEALTH_CHECK_INTERVAL: '50ms',
        SESSION_LIFETIME: 3600,
      },
    })
    expect(await log.nth(1, { msg: 'cleaned up expired sessions' })).toMatchObject({ expired: 40 })
    await log.nth(1, { msg: 'health check passed' })
    expect(await count('SELECT count(*) FROM sessions WHERE expires_at <= now()')).toBe(0)
    // One pool for the thread, named after the service.
    const pool = await count("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'scheduled_task_service'")
    expect(pool).toBeGreaterThanOrEqual(1)
    expect(pool).toBeLessThanOrEqual(4)
    await stop()
    expect(await count('SELECT count(*) FROM sessions')).toBeGreaterThanOrEqual(60)
    expect(await count("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'scheduled_task_service'")).toBe(
      0,
    )
    expect(ledger('scheduled_task_service.cleanupExpiredSessions').runs.failed).toBe(0)
    expect(log.matching({ msg: 'DATABASE_URL is not set: sessions are kept in memory' })).toEqual([])
  })

  it('scheduled-task-service with PostgreSQL goes on when the database has been away', async () => {
    const { log, supervisor, ledger, stop } = await supervise([EXAMPLE], {
      config: { DATABASE_URL: server.url, CLEANUP_INTERVAL: '50ms', escapement: { defaults: { breaker: false } } },
    })
    await log.nth(1, { msg: 'cleaned up expired sessions' })
    await client.end()
    await server.restart()
    client = new Client({ connectionString: server.url })
    await client.connect()
    await log.next({ msg: 'cleaned up expired sessions' })
    expect(supervisor.snapshot().threads[0]!.restarts).toBe(0)
    await stop()
    expect(ledger('scheduled_task_service.cleanupExpiredSessions').runs.completed).toBeGreaterThanOrEqual(2)
  })

  it('scheduled-task-service with PostgreSQL does not start without the database that it is told to use', async () => {
    await expect(
      supervise([EXAMPLE], { config: { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' } }),
    ).rejects.toThrow(/scheduled_task_service: a dependency failed: .*start of pool \(Postgres\) failed: /)
  })
})
