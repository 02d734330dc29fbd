/**
 * A PostgreSQL connection pool as a dependency: one pool for each thread, opened before the first tick and closed after the
 * last. Without `DATABASE_URL` the dependency is undefined.
 */
import { Config, DependencyProvider, inject } from 'escapement'
import { Pool } from 'pg'

export class Postgres extends DependencyProvider<Pool | undefined> {
  @inject(Config) config!: Config
  private pool: Pool | undefined

  override async start() {
    const connectionString = this.config.get<string>('DATABASE_URL')
    if (!connectionString) return
    this.pool = new Pool({
      connectionString,
      // The pool serves one thread, which needs at most one connection for each run in progress.
      max: this.config.get('DATABASE_POOL', 4),
      connectionTimeoutMillis: 5_000,
      application_name: this.context.service,
    })
    // The pool replaces a connection that breaks while it is idle. Without a listener the error would end the thread.
    this.pool.on('error', (error) => this.context.log.warn({ err: error }, 'database connection lost'))
    await this.pool.query('SELECT 1')
  }

  override get() {
    return this.pool
  }

  override stop() {
    return this.pool?.end()
  }
}
