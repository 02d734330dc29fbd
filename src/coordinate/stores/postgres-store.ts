/**
 * The store in a Postgres database (12 or newer): tables of its own, in a schema named after the namespace.
 *
 * As good as the one primary: a lease that was confirmed is lost when a standby is promoted that had not got it yet, unless
 * replication is synchronous. The epoch grows nevertheless, see postgres-sql.ts. There are no advisory locks and no session
 * state, so a pooler may be in between; one that pools transactions does not pass on the hints of {@link PostgresStore.watch}.
 *
 * A request whose caller gives up takes its connection with it. The statement may still be carried out when the server gets
 * to it: it is harmless then, for the reasons told in redis-store.ts, and `statement_timeout` bounds how late that can be on
 * a server that is merely slow.
 */
import { Client, type ClientConfig, Pool, type PoolClient, type QueryResultRow } from 'pg'
import type { Clock } from '../../kernel/clock.js'
import type { Micros, Millis } from '../../kernel/time.js'
import type { CoordinationStore, LeaseAnswer, Member, StoreOptions } from '../ports.js'
import { untilAborted } from '../until-aborted.js'
import { byId } from './by-id.js'
import { type Statements, statementsFor } from './postgres-sql.js'
import { type ListenSession, Watchers } from './watchers.js'

const CONNECTION: ClientConfig = {
  application_name: 'escapement',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
}

/** How long the server may take for a statement, waiting for locks included. */
const STATEMENT_TIMEOUT: Millis = 5_000

/** A claim of each of many entrypoints may come due at once; they queue here, and what is still queued can be taken back. */
const MOST_CONNECTIONS = 4

/** How long closing waits for requests nobody waits for any more. */
const CLOSE_GRACE: Micros = 1_000_000

/** SQLSTATE of a schema or a table that is not there. */
const MISSING = ['3F000', '42P01']

export class PostgresStore implements CoordinationStore {
  readonly backend = 'postgres'
  readonly #options: StoreOptions
  readonly #clock: Clock
  readonly #sql: Statements
  readonly #watchers: Watchers
  #pool: Pool
  /** The tables are there. */
  #prepared: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: StoreOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#sql = statementsFor(options.namespace)
    this.#pool = this.#openPool({ hasStatementTimeout: true })
    this.#watchers = new Watchers(clock, options.onTrouble, (session) => this.#listen(session))
  }

  async acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal): Promise<LeaseAnswer> {
    for (;;) {
      const [row] = await this.#ask(this.#sql.acquire, [lease, holder, ttl], signal)
      if (row?.granted) return { kind: 'granted', epoch: BigInt(row.epoch) }
      if (row) return { kind: 'held', holder: row.holder, epoch: BigInt(row.epoch) }
    }
  }

  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean> {
    return (await this.#ask(this.#sql.renew, [lease, holder, String(epoch), ttl], signal)).length === 1
  }

  async release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    return (await this.#ask(this.#sql.release, [lease, holder, String(epoch)], signal)).length === 1
  }

  watch(onReleased: (lease: string) => void): Promise<() => void> {
    return this.#watchers.watch(onReleased)
  }

  async claim(slot: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean> {
    return (await this.#ask(this.#sql.claim, [slot, holder, keep], signal)).length === 1
  }

  async beat({ id, weight }: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    const rows = await this.#ask(this.#sql.beat, [id, weight, ttl], signal)
    return byId(rows.map((row) => ({ id: row.id, weight: row.weight })))
  }

  async leave(id: string, signal: AbortSignal): Promise<void> {
    await this.#ask(this.#sql.leave, [id], signal)
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

  async #ask(statement: string, values: readonly unknown[], signal: AbortSignal): Promise<QueryResultRow[]> {
    signal.throwIfAborted()
    this.#prepared ??= this.#prepare()
    await untilAborted(this.#prepared, signal)
    try {
      return await this.#query(statement, values, signal)
    } catch (error) {
      if (MISSING.includes(codeOf(error))) this.#prepared = undefined
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
      // An answer to come, or a connection in an unknown state: not for the next one who asks.
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

  /** Without values: only then may several statements go in one message. */
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
      max: MOST_CONNECTIONS,
      idleTimeoutMillis: 60_000,
      // For a caller that never gives up, on a connection that is dead.
      query_timeout: 2 * STATEMENT_TIMEOUT,
      ...(hasStatementTimeout && { statement_timeout: STATEMENT_TIMEOUT }),
    })
    pool.on('error', (error) => {
      // The pool attaches the client, and that knows the password.
      if ('client' in error) delete error.client
      this.#options.onTrouble(error)
    })
    // While it is lent the pool does not listen for its errors; those reach who has asked.
    pool.on('connect', (client) => client.on('error', () => {}))
    return pool
  }

  async #listen({ onUp, onReleased, signal }: ListenSession): Promise<void> {
    const client = new Client({ ...CONNECTION, connectionString: this.#options.url })
    const broken = new Promise<never>((_, reject) => {
      client.on('error', reject)
      client.on('end', () => reject(new Error('the connection that listens for released leases was closed')))
    })
    client.on('notification', ({ payload }) => payload !== undefined && onReleased(payload))
    try {
      await untilAborted(Promise.race([client.connect().then(() => client.query(this.#sql.listen)), broken]), signal)
      onUp()
      await untilAborted(broken, signal)
    } finally {
      void client.end().catch(() => {})
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** PgBouncer refuses connections that bring parameters it does not know. */
function isRefusedParameter(error: unknown): boolean {
  return codeOf(error) === '08P01' && String(error).includes('startup parameter')
}
