/**
 * The store in a Postgres database (12 or newer): its own tables in a schema named after the namespace.
 *
 * It is as reliable as the one primary. Unless replication is synchronous, a confirmed lease is lost when a standby is
 * promoted that had not received it. The epoch grows nevertheless, see postgres-sql.ts. Requests use no session state, so a
 * connection pooler works; one that pools transactions drops the notifications of {@link PostgresStore.watch}.
 *
 * When the caller aborts a request, its connection is closed. The server may still carry out the statement. That is harmless
 * for the reasons given in redis-store.ts, and on a slow server `statement_timeout` bounds how late it can happen.
 */
import { Client, type ClientConfig, Pool, type PoolClient, type QueryResultRow } from 'pg'
import type { Clock } from '../../kernel/clock.js'
import type { Micros, Millis } from '../../kernel/time.js'
import type { CoordinationStore, LeaseAnswer, Member, StoreOptions, StoreProblem } from '../ports.js'
import { untilAborted } from '../until-aborted.js'
import { type Statements, statementsFor } from './postgres-sql.js'
import { type ListenSession, ReleaseWatchers } from './release-watchers.js'
import { sortById } from './sort-by-id.js'

const CONNECTION: ClientConfig = {
  application_name: 'escapement',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
}

/** How long the server may take for a statement, including waiting for locks. */
const STATEMENT_TIMEOUT: Millis = 5_000

/** Many claims may be due at once. They wait in the pool's queue, where an aborted one can still be withdrawn. */
const MAX_CONNECTIONS = 4

/** How long {@link PostgresStore.close} waits for pending requests. */
const CLOSE_GRACE: Micros = 1_000_000

/** SQLSTATE of a missing schema and of a missing table. */
const MISSING_TABLE = ['3F000', '42P01']

export class PostgresStore implements CoordinationStore {
  readonly backend = 'postgres'
  readonly #options: StoreOptions
  readonly #clock: Clock
  readonly #sql: Statements
  readonly #watchers: ReleaseWatchers
  #pool: Pool
  /** Resolves when the tables exist. */
  #prepared: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: StoreOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#sql = statementsFor(options.namespace)
    this.#pool = this.#openPool({ hasStatementTimeout: true })
    this.#watchers = new ReleaseWatchers(clock, options.onError, (session) => this.#listen(session))
  }

  async acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal): Promise<LeaseAnswer> {
    for (;;) {
      const [row] = await this.#execute(this.#sql.acquire, [lease, holder, ttl], signal)
      if (row?.granted) return { kind: 'granted', epoch: BigInt(row.epoch) }
      if (row) return { kind: 'held', holder: row.holder, epoch: BigInt(row.epoch) }
    }
  }

  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean> {
    return (await this.#execute(this.#sql.renew, [lease, holder, String(epoch), ttl], signal)).length === 1
  }

  async release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    return (await this.#execute(this.#sql.release, [lease, holder, String(epoch)], signal)).length === 1
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

  async check(): Promise<readonly StoreProblem[]> {
    return []
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const grace = new AbortController()
    const ended = Promise.race([this.#pool.end(), this.#clock.sleep(CLOSE_GRACE, grace.signal)])
    await Promise.all([ended, this.#watchers.close()])
    grace.abort()
  }

  async #execute(statement: string, values: readonly unknown[], signal: AbortSignal): Promise<QueryResultRow[]> {
    signal.throwIfAborted()
    this.#prepared ??= this.#prepare()
    await untilAborted(this.#prepared, signal)
    try {
      return await this.#query(statement, values, signal)
    } catch (error) {
      if (MISSING_TABLE.includes(errorCode(error))) this.#prepared = undefined
      throw error
    }
  }

  async #query(statement: string, values: readonly unknown[], signal: AbortSignal): Promise<QueryResultRow[]> {
    const client = await this.#connect(signal)
    try {
      const { rows } = await untilAborted(client.query(statement, [...values]), signal)
      client.release()
      return rows
    } catch (error) {
      // An answer may still arrive, or the connection is broken: close it instead of returning it to the pool.
      client.release(true)
      throw error
    }
  }

  async #connect(signal: AbortSignal): Promise<PoolClient> {
    const pool = this.#pool
    const connecting = pool.connect()
    try {
      return await untilAborted(connecting, signal)
    } catch (error) {
      connecting.then((client) => client.release()).catch(() => {})
      if (!pool.options.statement_timeout || !isRefusedParameter(error)) throw error
      if (pool === this.#pool) this.#pool = this.#openPool({ hasStatementTimeout: false })
      return this.#connect(signal)
    }
  }

  async #prepare(): Promise<void> {
    const { signal } = new AbortController()
    try {
      const [tables] = await this.#query(this.#sql.hasTables, [], signal)
      if (!tables?.has) await this.#create(signal)
    } catch (error) {
      this.#prepared = undefined
      throw error
    }
  }

  /** Passes no parameters: Postgres accepts several statements in one message only without them. */
  async #create(signal: AbortSignal): Promise<void> {
    const client = await this.#connect(signal)
    let isDone = false
    try {
      await client.query(this.#sql.createTables)
      isDone = true
    } finally {
      client.release(!isDone)
    }
  }

  #openPool({ hasStatementTimeout }: { readonly hasStatementTimeout: boolean }): Pool {
    const pool = new Pool({
      ...CONNECTION,
      connectionString: this.#options.url,
      max: MAX_CONNECTIONS,
      idleTimeoutMillis: 60_000,
      // Ends a request without an abort signal when the connection is dead.
      query_timeout: 2 * STATEMENT_TIMEOUT,
      ...(hasStatementTimeout && { statement_timeout: STATEMENT_TIMEOUT }),
    })
    pool.on('error', (error) => {
      // The pool attaches the client to the error, and the client contains the password.
      if ('client' in error) delete error.client
      this.#options.onError(error)
    })
    // The pool does not listen for errors of a connection in use. The pending query rejects with them, so ignore the event.
    pool.on('connect', (client) => client.on('error', () => {}))
    return pool
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

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** PgBouncer refuses connections with startup parameters that it does not know. */
function isRefusedParameter(error: unknown): boolean {
  return errorCode(error) === '08P01' && String(error).includes('startup parameter')
}
