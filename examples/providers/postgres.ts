/**
 * A PostgreSQL client as a dependency: one pool of connections for each thread, opened before the first tick and closed
 * after the last. Without `DATABASE_URL` there is none.
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
      // A service is one thread: more connections than methods that run at once are of no use.
      max: this.config.get('DATABASE_POOL', 4),
      connectionTimeoutMillis: 5_000,
      application_name: this.context.service,
    })
    // A connection that breaks while it is idle is replaced by the pool; without a listener it would end the thread.
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
