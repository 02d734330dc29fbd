/** The scheduler's own health: its wake-ups, its thread's event loop, the clocks, the audit. */
import type { Events } from '../kernel/events.js'
import type { Seconds } from '../kernel/time.js'
import { BoundHistogram } from './bound-histogram.js'
import { eventLoopLag } from './event-loop-lag.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { CLOCK_DIRECTIONS, LAG_QUANTILES, METRICS } from './metric-table.js'
import { VERSION } from './version.js'

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
      exported(METRICS.eventLoopLag, (tell) => {
        const lag = loop.read()
        for (const quantile of LAG_QUANTILES) tell({ quantile }, lag[quantile])
      }),
      exported(METRICS.clockJumps, (tell) => {
        for (const direction of CLOCK_DIRECTIONS) tell({ direction }, jumps[direction])
      }),
      exported(METRICS.ledgerViolations, (tell) => tell({}, violations)),
      exported(METRICS.buildInfo, (tell) => tell({ version: VERSION, node: process.version }, 1)),
    ],
    observeLag: (lag) => observe(Math.max(0, lag)),
    stop() {
      loop.stop()
      for (const unsubscribe of subscriptions) unsubscribe()
    },
  }
}
