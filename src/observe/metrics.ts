/**
 * Registers the metrics of {@link METRICS} in a prom-client registry.
 *
 * Metrics only observe: a scrape reads the ledger's counts from the engine's view, and the other values come from events.
 * The engine calls only {@link Metrics.observeSchedulerLag}.
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
  /** Registry for the metrics. Each supervisor needs its own. */
  readonly registry: MetricsRegistry
  readonly events: Events
  readonly view: Pick<EngineView, 'timers' | 'threads' | 'rpcs' | 'leases' | 'memberCounts'>
  /** Metrics created elsewhere that are registered with these. */
  readonly others?: readonly ExportedMetric[]
  /** Adds those of prom-client's process metrics that the registry does not have. Default: false. */
  readonly processMetrics?: boolean
}

export interface Metrics {
  /** Records how long after the moment of its alarm the scheduler woke up; negative when it woke up early. */
  observeSchedulerLag(lag: Seconds): void
  /** Unsubscribes from events and removes the metrics from the registry, which another supervisor may then use. Idempotent. */
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
  const cached = { timers: oncePerTurn(() => view.timers()), threads: oncePerTurn(() => view.threads()) }
  const runs = runHistograms(cached, events)
  const threads = threadMetrics(cached, events)
  const scheduler = schedulerMetrics(events)
  const rpc = rpcMetrics(view, events)
  const coordination = coordinationMetrics(
    { timers: cached.timers, leases: () => view.leases(), memberCounts: () => view.memberCounts() },
    events,
  )
  const supervision = supervisionMetrics(cached, events)

  const metrics = [
    ...ledgerMetrics(cached),
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
    `the registry already has the metric ${taken.name}: another supervisor uses this registry. Give each supervisor its own registry, or stop the other supervisor first`,
  )
}
