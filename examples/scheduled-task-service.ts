/**
 * Three timers of one service: session clean-up every minute, a health check every five, a report every hour.
 *
 * The sessions live in memory here.
 */
import { Config, fromConfig, inject, Logger, service, type Tick, timer } from 'escapement'

interface Session {
  readonly id: number
  readonly expiresAt: number
}

@service('scheduled_task_service')
export class ScheduledTaskService {
  @inject(Config) config!: Config
  @inject(Logger) log!: Logger
  private sessions: Session[] = []
  private lastId = 0
  lastCleanup = new Date()

  onStart() {
    this.signIn(100)
  }

  @timer(fromConfig('CLEANUP_INTERVAL', 60))
  cleanupExpiredSessions(tick: Tick) {
    this.log.info('starting session clean-up')
    const now = Date.now()
    const before = this.sessions.length
    this.sessions = this.sessions.filter((session) => session.expiresAt > now)
    const expired = before - this.sessions.length
    this.signIn(expired)
    this.lastCleanup = tick.dueAt
    this.log.info({ expired }, 'cleaned up expired sessions')
  }

  @timer(fromConfig('HEALTH_CHECK_INTERVAL', 300))
  async healthCheck() {
    const [database, externalApis] = await Promise.all([this.checkDatabase(), this.checkExternalApis()])
    if (database && externalApis) this.log.info('health check passed')
    else this.log.warn({ database, externalApis }, 'health check failed')
  }

  @timer(fromConfig('REPORT_INTERVAL', 3600))
  generateHourlyReport(tick: Tick) {
    const report = {
      timestamp: tick.dueAt.toISOString(),
      activeUsers: this.sessions.length,
      memoryBytes: process.memoryUsage().heapUsed,
    }
    this.log.info({ report }, 'hourly report')
  }

  /** People keep signing in; each session lasts a while. */
  private signIn(people: number) {
    const lifetime = this.config.get('SESSION_LIFETIME', 90) * 1000
    for (let n = 0; n < people; n++) {
      this.sessions.push({ id: ++this.lastId, expiresAt: Date.now() + Math.random() * lifetime })
    }
  }

  private async checkDatabase(): Promise<boolean> {
    return Array.isArray(this.sessions)
  }

  private async checkExternalApis(): Promise<boolean> {
    const url = this.config.get<string | null>('HEALTH_URL', null)
    if (!url) return true
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    return response?.ok === true
  }
}
