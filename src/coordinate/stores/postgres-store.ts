/**
 * The store in a Postgres database (12 or newer): its own tables in a schema named after the namespace.
 *
 * It is as reliable as the one primary. Unless replication is synchronous, a confirmed lease is lost when a standby is
 * promoted that had not received it. The epoch grows nevertheless, see postgres-sql.ts. Requests use no session state, so a
 * connection pooler works; one that pools transactions drops the notifications of {@link PostgresStore.watch}.
 *
 * When the caller aborts a request, its statement is cancelled (see postgres-connections.ts). The server may have carried it
 * out before. That is harmless for the reasons given in redis-store.ts.
 */
import { Client, type QueryResultRow } from 'pg'
import type { Clock } from '../../kernel/clock.js'
import type { Micros, Millis } from '../../kernel/time.js'
import { microsFromMillis } from '../../kernel/time.js'
import type { KeyValueStore } from '../key-value/key-value.js'
import { PostgresKeyValue } from '../key-value/postgres-key-value.js'
import type { CoordinationStore, LeaseAnswer, Member, StoreClockReading, StoreOptions, StoreProblem } from '../ports.js'
import { untilAborted } from '../until-aborted.js'
import { CONNECTION, PostgresConnections } from './postgres-connections.js'
import { creationOf, type Statements, statementsFor } from './postgres-sql.js'
import {
  FIND_TABLES,
  type FoundTables,
  LEASE_TABLES,
  PostgresTablesError,
  planTables,
  type TableName,
  VALUE_TABLES,
} from './postgres-tables.js'
import { type ListenSession, ReleaseWatchers } from './release-watchers.js'
import { sortById } from './sort-by-id.js'
import { withDeadline } from './with-deadline.js'

/** How long it may take to look at the tables and make those that are missing. */
const PREPARATION_DEADLINE: Micros = 5_000_000

/**
 * SQLSTATEs of certain refusals that mean nothing but "ask again": a serialization failure, a deadlock, a lock that was not
 * available in time.
 */
const ASK_AGAIN = ['40001', '40P01', '55P03']

/** SQLSTATEs of refusals after which the tables are looked at: a missing schema, table, column or key, or a missing right. */
const LOOK_AGAIN = ['3F000', '42P01', '42703', '42P10', '42501']

/** Up to this long until a refused statement is sent again, at random, so that those who hindered each other do not meet again. */
const ASK_AGAIN_WITHIN: Micros = 20_000

const OLDEST_VERSION = 120_000

/** A record of a lease that a candidate has seen. */
interface SeenRecord {
  readonly version: string
  /** When it was first seen, by this process's own clock: the record was written before. */
  readonly since: Micros
  readonly ttl: Micros
}

export class PostgresStore implements CoordinationStore {
  readonly backend = 'postgres'
  readonly values: KeyValueStore
  readonly #options: StoreOptions
  readonly #clock: Clock
  readonly #sql: Statements
  readonly #connections: PostgresConnections
  readonly #watchers: ReleaseWatchers
  /** The last record of each lease that another process holds. */
  readonly #seen = new Map<string, SeenRecord>()
  /** Each resolves when these tables exist. */
  readonly #prepared = new Map<readonly TableName[], Promise<void>>()
  #closing: Promise<void> | undefined

  constructor(options: StoreOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#sql = statementsFor(options.namespace)
    this.#connections = new PostgresConnections(options, clock)
    this.values = new PostgresKeyValue(options.namespace, (statement, values, signal) =>
      this.#execute(statement, values, signal, VALUE_TABLES),
    )
    this.#watchers = new ReleaseWatchers(clock, options.onError, (session) => this.#listen(session))
  }

  /**
   * A lease has expired by the database's clock, or when this process has seen the same record for its whole ttl by its own
   * clock. The holder would have renewed it, so that does not depend on a database's clock that was set back.
   */
  async acquire(
    lease: string,
    holder: string,
    ttl: Millis,
    signal: AbortSignal,
    above: bigint = 0n,
  ): Promise<LeaseAnswer> {
    for (;;) {
      const seen = this.#seen.get(lease)
      const over = seen && this.#clock.now() - seen.since >= seen.ttl ? seen.version : null
      const [row] = await this.#execute(this.#sql.acquire, [lease, holder, ttl, String(above), over], signal)
      if (!row) continue
      if (row.granted) {
        this.#seen.delete(lease)
        return { kind: 'granted', epoch: BigInt(row.epoch) }
      }
      if (seen?.version !== row.version) {
        this.#seen.set(lease, { version: row.version, since: this.#clock.now(), ttl: microsFromMillis(row.ttl_ms) })
      }
      return { kind: 'held', holder: row.holder, epoch: BigInt(row.epoch) }
    }
  }

  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean> {
    return (await this.#execute(this.#sql.renew, [lease, holder, String(epoch), ttl], signal)).length === 1
  }

  async release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    return (await this.#execute(this.#sql.release, [lease, holder, String(epoch)], signal)).length === 1
  }

  async holderOf(lease: string, signal: AbortSignal): Promise<string | undefined> {
    const [row] = await this.#execute(this.#sql.holder, [lease], signal)
    return row?.holder
  }

  watch(onReleased: (lease: string) => void): Promise<() => void> {
    return this.#watchers.watch(onReleased)
  }

  async claim(tick: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean> {
    return (await this.#execute(this.#sql.claim, [tick, holder, keep], signal)).length === 1
  }

  async heartbeat({ id, weight }: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    const rows = await this.#execute(this.#sql.heartbeat, [id, weight, ttl], signal)
    return sortById(rows.map((row) => ({ id: row.id, weight: row.weight })))
  }

  async leave(id: string, signal: AbortSignal): Promise<void> {
    await this.#execute(this.#sql.leave, [id], signal)
  }

  async check(signal: AbortSignal): Promise<readonly StoreProblem[]> {
    const [state] = await this.#connections.query(this.#sql.state, [], signal)
    const problems = serverProblems(state!)
    if (problems.length > 0) return problems
    try {
      await this.#prepare(signal)
      return []
    } catch (error) {
      if (!(error instanceof PostgresTablesError)) throw error
      return [{ code: 'tables', message: error.message, forbidsLeading: true }]
    }
  }

  async readClock(signal: AbortSignal): Promise<StoreClockReading> {
    const [state] = await this.#connections.query(this.#sql.state, [], signal)
    return { at: state!.now, resolution: 0 }
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#connections.close(), this.#watchers.close()]).then(() => {})
    return this.#closing
  }

  /** Sends a statement again after a refusal that is certain (see {@link ASK_AGAIN}), until the signal aborts. */
  async #execute(
    statement: string,
    values: readonly unknown[],
    signal: AbortSignal,
    tables: readonly TableName[] = LEASE_TABLES,
  ): Promise<QueryResultRow[]> {
    let hasLookedAgain = false
    for (;;) {
      signal.throwIfAborted()
      await this.#prepare(signal, tables)
      try {
        return await this.#connections.query(statement, values, signal)
      } catch (error) {
        const code = codeOf(error)
        if (LOOK_AGAIN.includes(code)) {
          this.#prepared.delete(tables)
          if (hasLookedAgain) throw error
          hasLookedAgain = true
        } else if (ASK_AGAIN.includes(code)) await this.#clock.sleep(ASK_AGAIN_WITHIN * Math.random(), signal)
        else throw error
      }
    }
  }

  #prepare(signal: AbortSignal, tables = LEASE_TABLES): Promise<void> {
    const prepared =
      this.#prepared.get(tables) ??
      withDeadline(this.#clock, PREPARATION_DEADLINE, (within) => this.#makeTables(tables, within)).catch((error) => {
        this.#prepared.delete(tables)
        throw error
      })
    this.#prepared.set(tables, prepared)
    return untilAborted(prepared, signal)
  }

  /** @throws PostgresTablesError when the tables cannot be used or made. */
  async #makeTables(tables: readonly TableName[], signal: AbortSignal): Promise<void> {
    const { namespace } = this.#options
    const [found] = await this.#connections.query(FIND_TABLES, [namespace], signal)
    const statements = planTables(namespace, found as FoundTables, tables)
    if (statements.length > 0) await this.#connections.query(creationOf(statements), [], signal)
  }

  async #listen({ onListening, onReleased, signal }: ListenSession): Promise<void> {
    const client = new Client({ ...CONNECTION, connectionString: this.#options.url })
    const broken = new Promise<never>((_, reject) => {
      client.on('error', reject)
      client.on('end', () => reject(new Error('the connection that listens for released leases was closed')))
    })
    client.on('notification', ({ payload }) => payload !== undefined && onReleased(payload))
    try {
      await untilAborted(Promise.race([client.connect().then(() => client.query(this.#sql.listen)), broken]), signal)
      onListening()
      await untilAborted(broken, signal)
    } finally {
      void client.end().catch(() => {})
    }
  }
}

function serverProblems({ version, isReadOnly }: QueryResultRow): StoreProblem[] {
  if (version < OLDEST_VERSION) {
    const message = `the database server has version ${version / 10_000}; Postgres 12 or newer is needed`
    return [{ code: 'version', message, forbidsLeading: true }]
  }
  if (!isReadOnly) return []
  const message =
    'the database is read-only (a standby, or default_transaction_read_only is on): let escapement.coordination.url name the primary'
  return [{ code: 'read_only', message, forbidsLeading: true }]
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
