/**
 * Three timers of one service: session clean-up every minute, a health check every five minutes, a report every hour.
 *
 * With `DATABASE_URL` the sessions are stored in PostgreSQL, else in memory (see providers/sessions.ts).
 */
import { Config, fromConfig, inject, Logger, service, type Tick, timer } from 'escapement'
import { type SessionStore, Sessions } from './providers/sessions.js'

@service('scheduled_task_service')
export class ScheduledTaskService {
  @inject(Config) config!: Config
  @inject(Logger) log!: Logger
  @inject(Sessions) sessions!: SessionStore
  lastCleanup = new Date(0)

  async onStart() {
    const { active } = await this.countSessions()
    if (active === 0) await this.signIn(100)
  }

  @timer(fromConfig('CLEANUP_INTERVAL', 60))
  async cleanupExpiredSessions(tick: Tick) {
    this.log.info('starting session clean-up')
    const expired = await this.sessions.deleteExpired(tick.dueAt)
    await this.signIn(expired)
    this.lastCleanup = tick.dueAt
    this.log.info({ expired }, 'cleaned up expired sessions')
  }

  @timer(fromConfig('HEALTH_CHECK_INTERVAL', 300))
  async healthCheck() {
    const [database, externalApis] = await Promise.all([this.sessions.isReachable(), this.checkExternalApis()])
    if (database && externalApis) this.log.info('health check passed')
    else this.log.warn({ database, externalApis }, 'health check failed')
  }

  @timer(fromConfig('REPORT_INTERVAL', 3600))
  async generateHourlyReport(tick: Tick) {
    const { active } = await this.countSessions(tick.dueAt)
    const report = {
      timestamp: tick.dueAt.toISOString(),
      activeUsers: active,
      lastCleanup: this.lastCleanup.toISOString(),
      memoryBytes: process.memoryUsage().heapUsed,
    }
    this.log.info({ report }, 'hourly report')
  }

  private async countSessions(now = new Date()) {
    return { active: await this.sessions.countActive(now) }
  }

  /** Adds sessions with random lifetimes. */
  private async signIn(people: number) {
    const lifetime = this.config.get('SESSION_LIFETIME', 90) * 1000
    for (let n = 0; n < people; n++) await this.sessions.add(new Date(Date.now() + Math.random() * lifetime))
  }

  private async checkExternalApis(): Promise<boolean> {
    const url = this.config.get<string | null>('HEALTH_URL', null)
    if (!url) return true
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    return response?.ok === true
  }
}
