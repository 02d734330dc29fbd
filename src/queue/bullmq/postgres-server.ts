/**
 * Postgres under BullMQ. Its tables are in a schema of their own, {@link SCHEMA}, created at the first request.
 *
 * On Postgres BullMQ writes the end of a lock by the clock of the holder, and the instance that looks for lapsed locks compares it with
 * its own clock. So the clocks must agree. An instance whose clock differs from that of the server by more than {@link CLOCK_TOLERANCE}
 * reports a problem and recovers no tickets; and no holder relies on the last part of its lock (`clockMargin`).
 */
import { createPostgresBackend, runMigrations } from 'bullmq'
import { Pool } from 'pg'
import type { Clock } from '../../kernel/clock.js'
import { formatSpan, microsFromMillis } from '../../kernel/time.js'
import { CLOCK_TOLERANCE, clockMarginOf } from '../clock-margin.js'
import { QueueUnreachableError } from '../queue-unreachable.js'
import { DOCS, type QueueServer } from './queue-server.js'

const SCHEMA = 'escapement_queue'
/** The most connections for each service. One more waits for jobs. */
const CONNECTIONS_OF_SERVICE = 3
/** The most connections for the requests of this file. */
const OWN_CONNECTIONS = 2

export function postgresServer(url: string, clock: Clock, onError: (error: Error) => void): QueueServer {
  const { host } = new URL(url)
  const common = { connectionString: url, connectionTimeoutMillis: 5_000, keepAlive: true }
  const pool = new Pool({ ...common, max: OWN_CONNECTIONS })
  pool.on('error', onError)
  let migrating: Promise<void> | undefined
  const migrate = async () => {
    const client = await pool.connect()
    try {
      await runMigrations(client as never, SCHEMA)
    } finally {
      client.release()
    }
  }
  return {
    connection: { ...common, schema: SCHEMA, max: CONNECTIONS_OF_SERVICE } as never,
    backendFactory: createPostgresBackend as never,
    mustLookBeforeAdding: true,
    clockMargin: clockMarginOf(url),
    async ready() {
      migrating ??= migrate().catch((error) => {
        migrating = undefined
        throw new QueueUnreachableError(host, error)
      })
      await migrating
    },
    async nextOf(_backend, queue, lane) {
      const text = `SELECT payload->>'jobId' AS id FROM ${SCHEMA}.dedup_next WHERE queue = $1 AND dedup_id = $2`
      const { rows } = await pool.query(text, [queue, lane])
      return rows[0]?.id ?? undefined
    },
    async check() {
      const sentAt = clock.wallNow()
      const { rows } = await pool.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now')
      const [earliest, latest] = [sentAt, clock.wallNow()]
      const now = Number(rows[0].now)
      const off = microsFromMillis(now < earliest ? earliest - now : now > latest ? now - latest : 0)
      if (off <= CLOCK_TOLERANCE) return []
      return [
        `the clock of this machine and that of the Postgres server ${host} differ by ${formatSpan(Math.round(off / 1_000) * 1_000)}, but locks of tickets need them within ${formatSpan(CLOCK_TOLERANCE)}: synchronise both, for example by NTP (${DOCS})`,
      ]
    },
    close: () => pool.end(),
  }
}
