/**
 * Registers the metrics of {@link METRICS} in a prom-client registry.
 *
 * Their values are read from shared memory at each scrape, on whichever thread the registry is: nothing here needs the engine.
 */
import type { Catalogue } from '../counters/catalogue.js'
import { CounterReader } from '../counters/reader.js'
import { UsageError } from '../kernel/errors.js'
import { VERSION } from '../kernel/version.js'
import { counterMetrics } from './counter-metrics.js'
import { ExportedMetric, exported, type MetricsRegistry } from './exported-metric.js'
import { METRICS } from './metric-table.js'
import { oncePerTurn } from './once-per-turn.js'
import { addProcessMetrics } from './process-metrics.js'

export interface MetricsOptions {
  /** Registry for the metrics. Each supervisor needs its own. */
  readonly registry: MetricsRegistry
  /** The rows that are in `memory`. */
  readonly catalogue: Catalogue
  /** The counters of the engine. */
  readonly memory: SharedArrayBuffer
  /**
   * Called once at the start of each scrape, before the memory is read: makes the main thread write the gauges that it only
   * samples. A scrape waits for the promise, and fails if it rejects.
   */
  readonly refresh?: () => void | Promise<void>
  /** Metrics created elsewhere that are registered with these. */
  readonly others?: readonly ExportedMetric[]
  /** Adds those of prom-client's process metrics that the registry does not have. Default: false. */
  readonly processMetrics?: boolean
}

export interface Metrics {
  /** Removes the metrics from the registry, which another supervisor may then use. Idempotent. */
  stop(): void
}

/** @throws UsageError (`ERR_REGISTRY_TAKEN`) when another supervisor uses the registry. */
export function createMetrics({
  registry,
  catalogue,
  memory,
  refresh = () => {},
  others = [],
  processMetrics = false,
}: MetricsOptions): Metrics {
  refuseTaken(registry)
  const reader = new CounterReader(catalogue, memory)
  const scrape = oncePerTurn(async () => {
    await refresh()
    return reader.snapshot()
  })
  const metrics = [
    ...counterMetrics(catalogue, scrape),
    new ExportedMetric(METRICS.staleRows, async () => [{ labels: {}, value: (await scrape()).staleRows }]),
    exported(METRICS.buildInfo, (add) => add({ version: VERSION, node: process.version }, 1)),
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
    stop() {
      for (const remove of removals.splice(0)) remove()
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
