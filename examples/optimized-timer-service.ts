/**
 * Collects measurements every ten seconds and writes them in batches: when a hundred have been collected, or once a minute. A
 * cheap check every second logs only changes. /metrics counts the measurements that were written.
 */
import { Config, fromConfig, inject, Logger, Metrics, service, type Tick, timer } from 'escapement'

interface Measurement {
  readonly timestamp: number
  readonly name: string
  readonly value: number
}

@service('optimized_timer_service')
export class OptimizedTimerService {
  @inject(Config) config!: Config
  @inject(Logger) log!: Logger
  @inject(Metrics) metrics!: Metrics
  private buffer: Measurement[] = []
  private lastFlush = 0
  private lastCpu = process.cpuUsage()
  private lastBusy = 0

  private get flushed() {
    return this.metrics.counter({
      name: 'example_measurements_flushed_total',
      help: 'Measurements written, by the reason for writing the batch.',
      labelNames: ['because'],
    })
  }

  @timer(fromConfig('COLLECT_INTERVAL', 10))
  collectMetricsBatch(tick: Tick) {
    const now = tick.dueAt.getTime()
    if (this.lastFlush === 0) this.lastFlush = now
    this.buffer.push(...this.measure(now))
    if (this.buffer.length >= this.config.get('BATCH_SIZE', 100)) this.flush('full', now)
    else if (now - this.lastFlush >= this.config.get('BATCH_SECONDS', 60) * 1000) this.flush('old', now)
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
    this.flush('stopping', Date.now())
  }

  private measure(timestamp: number): Measurement[] {
    const { heapUsed, external } = process.memoryUsage()
    return [
      { timestamp, name: 'heap_used', value: heapUsed },
      { timestamp, name: 'external', value: external },
    ]
  }

  private flush(because: 'full' | 'old' | 'stopping', now: number) {
    this.log.info({ size: this.buffer.length, because }, 'batch written')
    this.flushed.inc({ because }, this.buffer.length)
    this.buffer = []
    this.lastFlush = now
  }
}
