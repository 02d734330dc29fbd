/**
 * The metrics of {@link METRICS}, in a prom-client registry.
 *
 * A metric only ever observes: what the ledger counts is read from the engine's view when it is scraped, the rest is
 * heard from events. Nothing in the engine calls a metric but {@link Metrics.observeSchedulerLag}.
 */
import { UsageError } from '../kernel/errors.js'
import type { Events } from '../kernel/events.js'
import type { Seconds } from '../kernel/time.js'
import type { EngineView } from '../kernel/view.js'
import { coordinationMetrics } from './coordination-metrics.js'
import type { ExportedMetric, MetricsRegistry } from './exported-metric.js'
import { ledgerMetrics } from './ledger-metrics.js'
import { METRICS } from './metric-table.js'
import { oncePerTurn } from './once-per-turn.js'
import { addProcessMetrics } from './process-metrics.js'
import { rpcMetrics } from './rpc-metrics.js'
import { runHistograms } from './run-histograms.js'
import { schedulerMetrics } from './scheduler-metrics.js'
import { supervisionMetrics } from './supervision-metrics.js'
import { threadMetrics } from './thread-metrics.js'

export interface MetricsOptions {
  /** Where they are registered: one supervisor to a registry. */
  readonly registry: MetricsRegistry
  readonly events: Events
  readonly view: Pick<EngineView, 'timers' | 'threads' | 'rpcs' | 'leases' | 'memberCount'>
  /** Metrics that were made elsewhere, to be registered with the others. */
  readonly others?: readonly ExportedMetric[]
  /** Adds prom-client's metrics of the process, those the registry has not got yet. Default: false. */
  readonly processMetrics?: boolean
}

export interface Metrics {
  /** The scheduler woke up this long after the moment it had set its alarm for; negative when it was early. */
  observeSchedulerLag(lag: Seconds): void
  /** Stops listening and takes its metrics out of the registry, which another supervisor may then use. Idempotent. */
  stop(): void
}

export function createMetrics({
  registry,
  events,
  view,
  others = [],
  processMetrics = false,
}: MetricsOptions): Metrics {
  refuseTaken(registry)
  const seen = { timers: oncePerTurn(() => view.timers()), threads: oncePerTurn(() => view.threads()) }
  const runs = runHistograms(seen, events)
  const threads = threadMetrics(seen, events)
  const scheduler = schedulerMetrics(events)
  const rpc = rpcMetrics(view, events)
  const coordination = coordinationMetrics(
    { timers: seen.timers, leases: () => view.leases(), memberCount: () => view.memberCount() },
    events,
  )
  const supervision = supervisionMetrics(seen, events)

  const metrics = [
    ...ledgerMetrics(seen),
    ...runs.metrics,
    ...threads.metrics,
    ...supervision.metrics,
    ...rpc.metrics,
    ...coordination.metrics,
    ...scheduler.metrics,
    ...others,
  ]
  for (const metric of metrics) metric.register(registry)
  const removals = metrics.map(
    ({ name }) =>
      () =>
        registry.removeSingleMetric(name),
  )
  if (processMetrics) removals.push(addProcessMetrics(registry))

  return {
    observeSchedulerLag: scheduler.observeLag,
    stop() {
      for (const undo of [
        runs.stop,
        threads.stop,
        supervision.stop,
        rpc.stop,
        coordination.stop,
        scheduler.stop,
        ...removals.splice(0),
      ])
        undo()
    },
  }
}

function refuseTaken(registry: MetricsRegistry): void {
  const taken = Object.values(METRICS).find(({ name }) => registry.getSingleMetric(name))
  if (!taken) return
  throw new UsageError(
    'ERR_REGISTRY_TAKEN',
    `the registry already holds ${taken.name}: another supervisor uses it. Give each supervisor a registry of its own, or stop the other one first`,
  )
}
