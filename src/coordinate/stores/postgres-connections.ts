/**
 * The connections of the Postgres store.
 *
 *   P1. The server never has more than {@link MAX_CONNECTIONS} statements of ours in progress. A request that is given up
 *       keeps its place until its statement has ended.
 *   P2. The statement of a request that is given up is cancelled on the server. A connection on which something was given up
 *       is not used again: a late cancellation must not hit another statement.
 *   P3. A place is kept for at most {@link STATEMENT_TIMEOUT} after its request was given up: by then the server has ended
 *       the statement, whether it was reachable or not.
 */
import pg, { type ClientConfig, DatabaseError, Pool, type PoolClient, type QueryResultRow } from 'pg'
import type { Clock } from '../../kernel/clock.js'
import { type Micros, type Millis, microsFromMillis } from '../../kernel/time.js'
import type { StoreOptions } from '../ports.js'
import { untilAborted } from '../until-aborted.js'

export const CONNECTION: ClientConfig = {
  application_name: 'escapement',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
}

/** How long the server may take for a statement, including waiting for locks. Most requests are given up earlier. */
const STATEMENT_TIMEOUT: Millis = 5_000

/** Many claims may be due at once. They wait in the pool's queue, where an aborted one can still be withdrawn. */
const MAX_CONNECTIONS = 4

/** After the server has accepted a cancellation, the statement ends within this time, or its connection is dead. */
const CANCEL_GRACE: Micros = 1_000_000

/** How long {@link PostgresConnections.close} waits for pending requests. */
const CLOSE_GRACE: Micros = 1_000_000

export class PostgresConnections {
  readonly #options: StoreOptions
  readonly #clock: Clock
  readonly #closing = new AbortController()
  #pool: Pool

  constructor(options: StoreOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#pool = this.#openPool({ hasStatementTimeout: true })
  }

  /** Carries out one statement. Without `values` it may be several statements, which are carried out together or not at all. */
  async query(statement: string, values: readonly unknown[], signal: AbortSignal): Promise<QueryResultRow[]> {
    const client = await this.#connect(signal)
    const answer = values.length > 0 ? client.query(statement, [...values]) : client.query(statement)
    try {
      const { rows } = await untilAborted(answer, signal)
      client.release()
      return rows
    } catch (error) {
      if (signal.aborted) void this.#abandon(client, answer)
      else client.release(!isRefusal(error))
      throw error
    }
  }

  async close(): Promise<void> {
    const grace = new AbortController()
    const ended = this.#pool.end()
    await Promise.race([ended, this.#clock.sleep(CLOSE_GRACE, grace.signal)])
    grace.abort()
    this.#closing.abort()
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

  /** Keeps the place of a request that was given up until its statement has ended (P1 to P3). */
  async #abandon(client: PoolClient, answer: Promise<unknown>): Promise<void> {
    const over = new AbortController()
    const wait = (span: Micros) => this.#clock.sleep(span, AbortSignal.any([over.signal, this.#closing.signal]))
    const ended = answer.catch(() => {})
    const cancelled = cancelStatement(client, over.signal).then(
      () => wait(CANCEL_GRACE),
      () => wait(microsFromMillis(STATEMENT_TIMEOUT)),
    )
    await Promise.race([ended, cancelled, wait(microsFromMillis(STATEMENT_TIMEOUT))]).catch(() => {})
    cancelled.catch(() => {})
    over.abort()
    client.release(true)
  }

  #openPool({ hasStatementTimeout }: { readonly hasStatementTimeout: boolean }): Pool {
    const pool = new Pool({
      ...CONNECTION,
      connectionString: this.#options.url,
      max: MAX_CONNECTIONS,
      idleTimeoutMillis: 60_000,
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
}

/** What `pg` does not declare of a client. */
interface BackendOf {
  readonly host: string
  readonly port: number
  readonly ssl: unknown
  readonly processID: number
  readonly secretKey: unknown
}

interface CancelConnection {
  /** Another one once the connection is encrypted. */
  readonly stream: { destroy(): void }
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processID: number, secretKey: unknown): void
  on(event: string, listener: (error: Error) => void): void
}

/** Asks the server, on a connection of its own, to cancel what a client waits for. Resolves when the server has accepted that. */
function cancelStatement(client: PoolClient, signal: AbortSignal): Promise<void> {
  const { host, port, ssl, processID, secretKey } = client as unknown as BackendOf
  const connection = new (pg.Connection as unknown as new (config: { ssl: unknown }) => CancelConnection)({ ssl })
  const cancel = () => connection.cancel(processID, secretKey)
  const done = new Promise<void>((resolve, reject) => {
    connection.on('error', reject)
    // The server answers nothing and closes the connection.
    connection.on('end', () => resolve())
    connection.on('connect', () => (ssl ? connection.requestSsl() : cancel()))
    connection.on('sslconnect', cancel)
    signal.addEventListener('abort', () => connection.stream.destroy(), { once: true })
  })
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
  else connection.connect(port, host)
  return done
}

/** Postgres has refused a statement, and the connection can be used on. */
function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity === 'ERROR'
}

/** PgBouncer refuses connections with startup parameters that it does not know. */
function isRefusedParameter(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && error.code === '08P01' && error.message.includes('startup parameter')
  )
}
