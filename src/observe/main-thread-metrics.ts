/** prom-client's metrics of Node, about the main thread, made from a sample: the registry is on another thread. */
import { ExportedMetric, type MetricsRegistry, type Sample } from './exported-metric.js'
import { type CountsByType, GC_BUCKETS, type HeapSpace, type MainSample } from './main-sample.js'

/** Registers the metrics. `sample` returns the latest sample; until there is one they have no series. */
export function addMainThreadMetrics(registry: MetricsRegistry, sample: () => Promise<MainSample | undefined>): void {
  const add = (
    name: string,
    type: 'gauge' | 'histogram',
    help: string,
    samples: (of: MainSample) => readonly Sample[],
  ) => {
    const spec = { name, type, help, labels: {} }
    new ExportedMetric(spec, async () => {
      const latest = await sample()
      return latest ? samples(latest) : []
    }).register(registry)
  }
  const size = (name: string, help: string, value: (of: MainSample) => number) =>
    add(name, 'gauge', help, (of) => [{ labels: {}, value: value(of) }])
  const space = (name: string, help: string, value: (of: HeapSpace) => number) =>
    add(`nodejs_heap_space_size_${name}_bytes`, 'gauge', help, ({ spaces }) =>
      spaces.map((of) => ({ labels: { space: of.space }, value: value(of) })),
    )
  size('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.', (of) => of.heapTotal)
  size('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.', (of) => of.heapUsed)
  size('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.', (of) => of.external)
  space('total', 'Process heap space size total from Node.js in bytes.', (of) => of.total)
  space('used', 'Process heap space size used from Node.js in bytes.', (of) => of.used)
  space('available', 'Process heap space size available from Node.js in bytes.', (of) => of.available)
  add(
    'nodejs_active_resources',
    'gauge',
    'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
    ({ resources }) => resources.map(([type, value]) => ({ labels: { type }, value })),
  )
  size('nodejs_active_resources_total', 'Total number of active resources.', ({ resources }) => sum(resources))
  add(
    'nodejs_gc_duration_seconds',
    'histogram',
    'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    ({ collections }) => collections.flatMap(([kind, numbers]) => histogram(kind, numbers)),
  )
}

function histogram(kind: string, numbers: readonly number[]): Sample[] {
  const sharedLabels = { kind }
  const name = 'nodejs_gc_duration_seconds'
  let count = 0
  const samples: Sample[] = [...GC_BUCKETS, '+Inf'].map((le, bucket) => {
    count += numbers[bucket]!
    return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count }
  })
  samples.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: numbers[GC_BUCKETS.length + 1]! })
  samples.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: count })
  return samples
}

function sum(counts: CountsByType): number {
  return counts.reduce((total, [, count]) => total + count, 0)
}
