/** Metrics of the scheduler: wake-up lag, event loop lag, clock jumps, ledger violations, build info. */
import type { Events } from '../kernel/events.js'
import type { Seconds } from '../kernel/time.js'
import { VERSION } from '../kernel/version.js'
import { BoundHistogram } from './bound-histogram.js'
import { eventLoopLag } from './event-loop-lag.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { CLOCK_DIRECTIONS, LAG_QUANTILES, METRICS } from './metric-table.js'

export function schedulerMetrics(events: Events): {
  readonly metrics: ExportedMetric[]
  readonly observeLag: (lag: Seconds) => void
  readonly stop: () => void
} {
  const schedulerLag = new BoundHistogram(METRICS.schedulerLag)
  const observe = schedulerLag.bind({})
  const loop = eventLoopLag()
  const jumps = { forward: 0, backward: 0 }
  let violations = 0
  const subscriptions = [
    events.on('clock.jumped', ({ direction }) => {
      jumps[direction]++
    }),
    events.on('ledger.violated', () => {
      violations++
    }),
  ]

  return {
    metrics: [
      schedulerLag.metric,
      exported(METRICS.eventLoopLag, (add) => {
        const lag = loop.read()
        for (const quantile of LAG_QUANTILES) add({ quantile }, lag[quantile])
      }),
      exported(METRICS.clockJumps, (add) => {
        for (const direction of CLOCK_DIRECTIONS) add({ direction }, jumps[direction])
      }),
      exported(METRICS.ledgerViolations, (add) => add({}, violations)),
      exported(METRICS.buildInfo, (add) => add({ version: VERSION, node: process.version }, 1)),
    ],
    observeLag: (lag) => observe(Math.max(0, lag)),
    stop() {
      loop.stop()
      for (const unsubscribe of subscriptions) unsubscribe()
    },
  }
}
