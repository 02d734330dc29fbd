/**
 * Jobs that fail. The first two tasks handle failures by hand: they catch errors, count them, alert, and retry. The other two
 * use options instead: the method just throws, the failure is logged and counted, and the timer continues. `retry` calls the
 * method again after a back-off. Without a breaker (the default) a job runs at its next tick, however often it has failed. With
 * one, five failed runs in a row make it skip ticks for a while, so that the system it depends on can recover.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { Config, fromConfig, inject, Logger, service, type Tick, timer } from 'escapement'

@service('robust_timer_service')
export class RobustTimerService {
  @inject(Config) config!: Config
  @inject(Logger) log!: Logger
  private errorCount = 0

  @timer(fromConfig('ROBUST_INTERVAL', 30))
  robustScheduledTask() {
    try {
      this.riskyOperation()
      this.errorCount = 0
      this.log.info('scheduled task completed')
    } catch (error) {
      this.errorCount += 1
      this.log.error({ err: error, attempt: this.errorCount }, 'scheduled task failed')
      if (this.errorCount >= 5) this.alert(`failed ${this.errorCount} times in a row: ${String(error)}`)
    }
  }

  @timer(fromConfig('RETRY_INTERVAL', 60))
  async taskWithRetryLogic(tick: Tick) {
    const attempts = 3
    for (let attempt = 1; attempt <= attempts; attempt++) {
      try {
        this.riskyOperation()
        this.log.info({ attempt }, 'operation succeeded')
        return
      } catch (error) {
        if (attempt === attempts) {
          this.log.error({ err: error }, `all ${attempts} attempts failed`)
          return
        }
        this.log.warn({ err: error, attempt }, 'attempt failed')
        const pause = this.config.get('RETRY_PAUSE', 1) * 1000 * 2 ** (attempt - 1)
        await sleep(pause, undefined, { signal: tick.signal })
      }
    }
  }

  @timer(fromConfig('DECLARED_INTERVAL', 60), {
    retry: { attempts: 3, backoff: { initial: '1s', factor: 2 } },
  })
  declaredTask() {
    this.riskyOperation()
  }

  @timer(fromConfig('GUARDED_INTERVAL', 60), { breaker: true })
  guardedTask() {
    this.riskyOperation()
  }

  private riskyOperation() {
    if (Math.random() < this.config.get('FAILURE_RATE', 0.2)) throw new Error('simulated operation failure')
  }

  private alert(message: string) {
    this.log.fatal({ alert: message }, 'alerting the administrators')
  }
}
