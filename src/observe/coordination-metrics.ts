/** Metrics about this instance's leases, claims and fellow members. */
import type { Events } from '../kernel/events.js'
import type { EngineView } from '../kernel/view.js'
import { CLAIM_RESULTS, type ClaimResult, LEASE_EVENTS, type LeaseEvent } from '../kernel/vocabulary.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { METRICS } from './metric-table.js'
import { timerLabels } from './timer-labels.js'

export function coordinationMetrics(
  view: Pick<EngineView, 'timers' | 'leases' | 'memberCounts'>,
  events: Events,
): { readonly metrics: ExportedMetric[]; readonly stop: () => void } {
  const leaseEvents = new Map<string, Map<LeaseEvent, number>>()
  const claims = new Map<string, Map<ClaimResult, number>>()
  const subscriptions = [
    events.on('lease.changed', ({ lease, event }) => {
      const counts = leaseEvents.get(lease) ?? new Map<LeaseEvent, number>()
      leaseEvents.set(lease, counts.set(event, (counts.get(event) ?? 0) + 1))
    }),
    events.on('claim.ended', ({ entrypoint, result }) => {
      const counts = claims.get(entrypoint) ?? new Map<ClaimResult, number>()
      claims.set(entrypoint, counts.set(result, (counts.get(result) ?? 0) + 1))
    }),
  ]
  const metrics = [
    exported(METRICS.leader, (add) => {
      for (const { lease, isLeader } of view.leases()) add({ lease }, isLeader ? 1 : 0)
    }),
    exported(METRICS.leaseEpoch, (add) => {
      for (const { lease, epoch } of view.leases()) add({ lease }, Number(epoch))
    }),
    exported(METRICS.leaseEvents, (add) => {
      for (const { lease } of view.leases()) {
        for (const event of LEASE_EVENTS) add({ lease, event }, leaseEvents.get(lease)?.get(event) ?? 0)
      }
    }),
    exported(METRICS.claims, (add) => {
      for (const { id, service, scope } of view.timers()) {
        if (scope !== 'cluster') continue
        for (const result of CLAIM_RESULTS)
          add({ ...timerLabels(id, service), result }, claims.get(id)?.get(result) ?? 0)
      }
    }),
    exported(METRICS.members, (add) => {
      for (const { service, count } of view.memberCounts()) add({ service }, count)
    }),
  ]
  return {
    metrics,
    stop() {
      for (const unsubscribe of subscriptions) unsubscribe()
    },
  }
}
