/**
 * prom-client's metrics of the process: CPU, memory, file descriptors, garbage collection.
 *
 * What collects them cannot be stopped, and belongs to the process rather than to a supervisor: it is started once and
 * shared by every registry. Its event loop monitor would cost 0.6 % of a core and report its own period as delay, so it
 * is given a period that never ends; `escapement_event_loop_lag_seconds` stands in for what it would have said.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { MetricsRegistry } from './exported-metric.js'

const NEVER_MS = 2 ** 31 - 1
const SILENCED = 'nodejs_eventloop_lag_'

let shared: Registry | undefined

/** Adds those the registry has not got yet; the result takes out what was added. */
export function addProcessMetrics(registry: MetricsRegistry): () => void {
  if (!shared) {
    shared = new Registry()
    collectDefaultMetrics({ register: shared, eventLoopMonitoringPrecision: NEVER_MS })
  }
  const names = shared.getMetricsAsArray().map((metric) => metric.name)
  const added = names.filter((name) => !name.startsWith(SILENCED) && !registry.getSingleMetric(name))
  for (const name of added) registry.registerMetric(shared.getSingleMetric(name)!)
  return () => {
    for (const name of added) registry.removeSingleMetric(name)
  }
}
