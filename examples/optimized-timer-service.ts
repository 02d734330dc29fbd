/**
 * Collects often, writes seldom: measurements are gathered every ten seconds and flushed as a batch at a hundred of them
 * or once a minute. A light check every second logs only what changed.
 */
import { Config, fromConfig, inject, Logger, service, timer } from 'escapement'

interface Measurement {
  readonly timestamp: number
  readonly name: string
  readonly value: number
}

@service('optimized_timer_service')
export class OptimizedTimerService {
  @inject(Config) config!: Config
  @inject(Logger) log!: Logger
  private buffer: Measurement[] = []
  private lastFlush = performance.now()
  private lastCpu = process.cpuUsage()
  private lastBusy = 0

  @timer(fromConfig('COLLECT_INTERVAL', 10))
  collectMetricsBatch() {
    this.buffer.push(...this.measure())
    const isFull = this.buffer.length >= this.config.get('BATCH_SIZE', 100)
    const isOld = performance.now() - this.lastFlush >= this.config.get('BATCH_SECONDS', 60) * 1000
    if (isFull || isOld) this.flush()
  }

  @timer(fromConfig('MONITORING_INTERVAL', 1))
  lightweightMonitoring() {
    const { user, system } = process.cpuUsage(this.lastCpu)
    this.lastCpu = process.cpuUsage()
    const busy = (user + system) / 1_000_000
    if (Math.abs(busy - this.lastBusy) > 0.1) this.log.info({ cpuSeconds: busy }, 'CPU use changed')
    this.lastBusy = busy
  }

  onStop() {
    this.flush()
  }

  private measure(): Measurement[] {
    const timestamp = Date.now()
    const { heapUsed, external } = process.memoryUsage()
    return [
      { timestamp, name: 'heap_used', value: heapUsed },
      { timestamp, name: 'external', value: external },
    ]
  }

  private flush() {
    this.log.info({ size: this.buffer.length }, 'batch written')
    this.buffer = []
    this.lastFlush = performance.now()
  }
}
