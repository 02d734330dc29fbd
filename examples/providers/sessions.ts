/**
 * Sessions of signed-in users, stored in PostgreSQL with `DATABASE_URL`, else in the memory of the thread.
 */
import { DependencyProvider, inject } from 'escapement'
import type { Pool } from 'pg'
import { Postgres } from './postgres.js'

export interface SessionStore {
  /** Adds a session that ends at a time. */
  add(expiresAt: Date): Promise<void>
  /** Deletes the expired sessions and returns their number. */
  deleteExpired(now: Date): Promise<number>
  countActive(now: Date): Promise<number>
  isReachable(): Promise<boolean>
}

export class MemorySessions implements SessionStore {
  private expiries: number[] = []

  async add(expiresAt: Date) {
    this.expiries.push(expiresAt.getTime())
  }

  async deleteExpired(now: Date) {
    const before = this.expiries.length
    this.expiries = this.expiries.filter((expiry) => expiry > now.getTime())
    return before - this.expiries.length
  }

  async countActive(now: Date) {
    return this.expiries.filter((expiry) => expiry > now.getTime()).length
  }

  async isReachable() {
    return true
  }
}

export class PostgresSessions implements SessionStore {
  private readonly pool: Pool

  constructor(pool: Pool) {
    this.pool = pool
  }

  async create() {
    await this.pool.query(
      'CREATE TABLE IF NOT EXISTS sessions (id bigserial PRIMARY KEY, expires_at timestamptz NOT NULL)',
    )
  }

  async add(expiresAt: Date) {
    await this.pool.query('INSERT INTO sessions (expires_at) VALUES ($1)', [expiresAt])
  }

  async deleteExpired(now: Date) {
    const { rowCount } = await this.pool.query('DELETE FROM sessions WHERE expires_at <= $1', [now])
    return rowCount ?? 0
  }

  async countActive(now: Date) {
    const { rows } = await this.pool.query('SELECT count(*)::int AS active FROM sessions WHERE expires_at > $1', [now])
    return rows[0].active as number
  }

  async isReachable() {
    return this.pool.query('SELECT 1').then(
      () => true,
      () => false,
    )
  }
}

export class Sessions extends DependencyProvider<SessionStore> {
  @inject(Postgres) pool!: Pool | undefined
  private store: SessionStore = new MemorySessions()

  override async start() {
    if (!this.pool) {
      this.context.log.info('DATABASE_URL is not set: sessions are kept in memory')
      return
    }
    const sessions = new PostgresSessions(this.pool)
    await sessions.create()
    this.store = sessions
  }

  override get() {
    return this.store
  }
}
