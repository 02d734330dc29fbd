/** Counts notifications and heartbeats, and exports the counts. They begin at 0 again when the admin thread is replaced. */
import {
  HEARTBEAT_RESULTS,
  type HeartbeatResult,
  NOTIFICATION_RESULTS,
  type NotificationResult,
} from '../kernel/notices.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { METRICS } from './metric-table.js'

export class NotifyCounts {
  readonly #notifications = new Map<NotificationResult, number>()
  readonly #heartbeats = new Map<HeartbeatResult, number>()

  notification(result: NotificationResult): void {
    this.#notifications.set(result, (this.#notifications.get(result) ?? 0) + 1)
  }

  heartbeat(result: HeartbeatResult): void {
    this.#heartbeats.set(result, (this.#heartbeats.get(result) ?? 0) + 1)
  }

  metrics(): ExportedMetric[] {
    return [
      exported(METRICS.notifications, (add) => {
        for (const result of NOTIFICATION_RESULTS) add({ result }, this.#notifications.get(result) ?? 0)
      }),
      exported(METRICS.heartbeats, (add) => {
        for (const result of HEARTBEAT_RESULTS) add({ result }, this.#heartbeats.get(result) ?? 0)
      }),
    ]
  }
}
