/**
 * prom-client's metrics of the process: CPU, memory, file descriptors, garbage collection.
 *
 * prom-client's collector cannot be stopped and belongs to the process, not to a supervisor. So it is started once and all
 * registries share it. Its event loop monitor would cost 0.6 % of a core and report its own period as delay. So the
 * monitor gets a period that never ends, and `escapement_event_loop_lag_seconds` replaces its metrics.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { MetricsRegistry } from './exported-metric.js'

const NEVER_MS = 2 ** 31 - 1
/** Metrics with this prefix are not exported. */
const EVENT_LOOP_LAG = 'nodejs_eventloop_lag_'

let shared: Registry | undefined

/** Adds the metrics that the registry does not have. The result removes the added metrics. */
export function addProcessMetrics(registry: MetricsRegistry): () => void {
  if (!shared) {
    shared = new Registry()
    collectDefaultMetrics({ register: shared, eventLoopMonitoringPrecision: NEVER_MS })
  }
  const names = shared.getMetricsAsArray().map((metric) => metric.name)
  const added = names.filter((name) => !name.startsWith(EVENT_LOOP_LAG) && !registry.getSingleMetric(name))
  for (const name of added) registry.registerMetric(shared.getSingleMetric(name)!)
  return () => {
    for (const name of added) registry.removeSingleMetric(name)
  }
}
