/**
 * prom-client's metrics of the process, for a registry on another thread than the main thread.
 *
 * prom-client begins to count the CPU time at 0 when its metric is made, which is after each start of that thread. So that
 * metric is made here, without a baseline. What prom-client says about Node's heap is about its own thread: main-thread-metrics.ts
 * has those.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import { ExportedMetric, type MetricsRegistry } from './exported-metric.js'

const NEVER_MS = 2 ** 31 - 1

export function addWholeProcessMetrics(registry: MetricsRegistry): void {
  const collected = new Registry()
  collectDefaultMetrics({ register: collected, eventLoopMonitoringPrecision: NEVER_MS })
  for (const metric of collected.getMetricsAsArray()) {
    const { name } = metric
    const isOfProcess = name.startsWith('process_') && !name.startsWith('process_cpu_')
    if (isOfProcess || name === 'nodejs_version_info') registry.registerMetric(metric as never)
  }
  cpu('user_', 'Total user CPU time spent in seconds.', ({ user }) => user)
  cpu('system_', 'Total system CPU time spent in seconds.', ({ system }) => system)
  cpu('', 'Total user and system CPU time spent in seconds.', ({ user, system }) => user + system)

  function cpu(part: string, help: string, micros: (usage: NodeJS.CpuUsage) => number): void {
    const spec = { name: `process_cpu_${part}seconds_total`, type: 'counter' as const, help, labels: {} }
    new ExportedMetric(spec, () => [{ labels: {}, value: micros(process.cpuUsage()) / 1e6 }]).register(registry)
  }
}
