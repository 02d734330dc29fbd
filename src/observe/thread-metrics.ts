/** Metrics of threads: number by state, and restarts by reason. */
import { type Events, THREAD_END_REASONS, type ThreadEndReason } from '../kernel/events.js'
import { type EngineView, THREAD_STATES } from '../kernel/view.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { METRICS } from './metric-table.js'

export function threadMetrics(
  view: Pick<EngineView, 'timers' | 'threads'>,
  events: Events,
): { readonly metrics: ExportedMetric[]; readonly stop: () => void } {
  const restarts = new Map<string, Map<ThreadEndReason, number>>()
  const restartsOf = (service: string) => {
    const known = restarts.get(service) ?? new Map<ThreadEndReason, number>()
    restarts.set(service, known)
    return known
  }

  const stop = events.on('thread.exited', ({ services, reason, restartIn }) => {
    if (restartIn === undefined) return
    for (const service of services) {
      const counts = restartsOf(service)
      counts.set(reason, (counts.get(reason) ?? 0) + 1)
    }
  })

  const metrics = [
    exported(METRICS.workerRestarts, (add) => {
      for (const { service } of view.timers()) restartsOf(service)
      for (const service of view.threads().flatMap((thread) => thread.services)) restartsOf(service)
      for (const [service, counts] of restarts) {
        for (const reason of THREAD_END_REASONS) add({ service, reason }, counts.get(reason) ?? 0)
      }
    }),
    exported(METRICS.workers, (add) => {
      const threads = view.threads()
      for (const pool of new Set(threads.map((thread) => thread.pool))) {
        for (const state of THREAD_STATES) {
          add({ pool, state }, threads.filter((thread) => thread.pool === pool && thread.state === state).length)
        }
      }
    }),
  ]
  return { metrics, stop }
}
