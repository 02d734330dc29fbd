/**
 * One task runs ten times a second, another twice a second. The service object lives as long as its thread, so its counter
 * counts every run.
 */
import { fromConfig, inject, Logger, service, timer } from 'escapement'

@service('high_frequency_service')
export class HighFrequencyService {
  @inject(Logger) log!: Logger
  private counter = 0
  private readonly recent = new Float64Array(64)
  private cache = { average: 0, refreshedAt: new Date() }

  @timer(fromConfig('HIGH_FREQUENCY_INTERVAL', 0.1))
  highFrequencyTask() {
    this.recent[this.counter % this.recent.length] = readSensor()
    this.counter += 1
    if (this.counter % 100 === 0) this.log.info({ iterations: this.counter }, 'processed')
  }

  @timer(fromConfig('CACHE_INTERVAL', 0.5))
  refreshCache() {
    const sum = this.recent.reduce((total, value) => total + value, 0)
    this.cache = { average: sum / this.recent.length, refreshedAt: new Date() }
    this.log.debug(this.cache, 'cache refreshed')
  }
}

/** A stand-in for a real sensor. */
function readSensor(): number {
  return Math.sin(Date.now() / 1000)
}
