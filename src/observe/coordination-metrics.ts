/** This instance among the others: its leases, its claims, and who else is there. */
import type { Events } from '../kernel/events.js'
import type { EngineView } from '../kernel/view.js'
import { CLAIM_RESULTS, type ClaimResult, LEASE_EVENTS, type LeaseEvent } from '../kernel/vocabulary.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { METRICS } from './metric-table.js'

export function coordinationMetrics(
  view: Pick<EngineView, 'timers' | 'leases' | 'memberCount'>,
  events: Events,
): { readonly metrics: ExportedMetric[]; readonly stop: () => void } {
  const happened = new Map<string, Map<LeaseEvent, number>>()
  const claims = new Map<string, Map<ClaimResult, number>>()
  const subscriptions = [
    events.on('lease.changed', ({ lease, event }) => {
      const counts = happened.get(lease) ?? new Map<LeaseEvent, number>()
      happened.set(lease, counts.set(event, (counts.get(event) ?? 0) + 1))
    }),
    events.on('claim.ended', ({ entrypoint, result }) => {
      const counts = claims.get(entrypoint) ?? new Map<ClaimResult, number>()
      claims.set(entrypoint, counts.set(result, (counts.get(result) ?? 0) + 1))
    }),
  ]
  const metrics = [
    exported(METRICS.leader, (tell) => {
      for (const { lease, isLeader } of view.leases()) tell({ lease }, isLeader ? 1 : 0)
    }),
    exported(METRICS.leaseEpoch, (tell) => {
      for (const { lease, epoch } of view.leases()) tell({ lease }, Number(epoch))
    }),
    exported(METRICS.leaseEvents, (tell) => {
      for (const { lease } of view.leases()) {
        for (const event of LEASE_EVENTS) tell({ lease, event }, happened.get(lease)?.get(event) ?? 0)
      }
    }),
    exported(METRICS.claims, (tell) => {
      for (const { id, service, method, scope } of view.timers()) {
        if (scope !== 'cluster') continue
        for (const result of CLAIM_RESULTS) tell({ service, method, result }, claims.get(id)?.get(result) ?? 0)
      }
    }),
    exported(METRICS.members, (tell) => tell({}, view.memberCount() ?? 0)),
  ]
  return {
    metrics,
    stop() {
      for (const unsubscribe of subscriptions) unsubscribe()
    },
  }
}
