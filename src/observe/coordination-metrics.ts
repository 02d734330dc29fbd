/** This instance among the others: its leases, its claims, and who else is there. */
import type { Events } from '../kernel/events.js'
import type { EngineView } from '../kernel/view.js'
import { CLAIM_RESULTS, type ClaimResult, LEASE_EVENTS, type LeaseEvent } from '../kernel/vocabulary.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { METRICS } from './metric-table.js'

interface Claimed {
  readonly labels: { readonly service: string; readonly method: string }
  readonly counts: Map<ClaimResult, number>
}

export function coordinationMetrics(
  view: Pick<EngineView, 'leases' | 'memberCount'>,
  events: Events,
): { readonly metrics: ExportedMetric[]; readonly stop: () => void } {
  const happened = new Map<string, Map<LeaseEvent, number>>()
  const claims = new Map<string, Claimed>()
  const subscriptions = [
    events.on('lease.changed', ({ lease, event }) => {
      const counts = happened.get(lease) ?? new Map<LeaseEvent, number>()
      happened.set(lease, counts.set(event, (counts.get(event) ?? 0) + 1))
    }),
    events.on('claim.ended', ({ entrypoint, service, method, result }) => {
      const claimed = claims.get(entrypoint) ?? { labels: { service, method }, counts: new Map() }
      claims.set(entrypoint, claimed)
      claimed.counts.set(result, (claimed.counts.get(result) ?? 0) + 1)
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
      for (const { labels, counts } of claims.values()) {
        for (const result of CLAIM_RESULTS) tell({ ...labels, result }, counts.get(result) ?? 0)
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
