/** The metrics of what the admin thread counts. */
import { HEARTBEAT_RESULTS, NOTIFICATION_RESULTS } from '../kernel/notices.js'
import type { AdminCounts } from './admin-counts.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { METRICS } from './metric-table.js'

export function readerMetrics(counts: Pick<AdminCounts, 'readersDropped'>): ExportedMetric[] {
  return [exported(METRICS.eventReadersDropped, (add) => add({}, counts.readersDropped))]
}

/** For an instance that sends notifications or heartbeats. */
export function notifyMetrics(counts: Pick<AdminCounts, 'notifications' | 'heartbeats'>): ExportedMetric[] {
  return [
    exported(METRICS.notifications, (add) => {
      for (const result of NOTIFICATION_RESULTS) add({ result }, counts.notifications(result))
    }),
    exported(METRICS.heartbeats, (add) => {
      for (const result of HEARTBEAT_RESULTS) add({ result }, counts.heartbeats(result))
    }),
  ]
}
