/** One metric of the services' own: its series by their labels, and of each what all threads together make of it. */
import { seriesLength, type UserMetricSpec } from '../kernel/metric-message.js'
import { ExportedMetric, type MetricsRegistry, type Sample } from './exported-metric.js'
import type { MetricSpec } from './metric-table.js'

interface Series {
  readonly labels: Readonly<Record<string, string>>
  /** What threads that have ended had counted. */
  readonly kept: Float64Array
  /** What the last scrape was told. */
  readonly told: Float64Array
  /** Of the threads that are alive. */
  readonly live: Set<Float64Array>
}

export class UserFamily {
  readonly spec: UserMetricSpec
  readonly #metric: ExportedMetric
  readonly #series = new Map<string, Series>()

  constructor(spec: UserMetricSpec) {
    this.spec = spec
    const { name, help, type } = spec
    // The table's own names begin with escapement_, which is what its type says.
    const described = { name: name as MetricSpec['name'], help, type, labels: {} }
    this.#metric = new ExportedMetric(described, () => [...this.#series.values()].flatMap((one) => this.#samples(one)))
  }

  register(registry: MetricsRegistry): void {
    this.#metric.register(registry)
  }

  /** Somebody may have cleared the registry, and given the name to another metric. */
  unregister(registry: MetricsRegistry): void {
    const { name } = this.spec
    if ((registry.getSingleMetric(name) as unknown) === this.#metric) registry.removeSingleMetric(name)
  }

  /** What another declaration has that cannot be added up with this one; undefined when it can. */
  conflictWith(other: UserMetricSpec): string | undefined {
    for (const key of ['type', 'labelNames', 'buckets', 'aggregate'] as const) {
      const [mine, theirs] = [this.spec[key], other[key]].map((value) => JSON.stringify(value))
      if (mine !== theirs) return `another thread has declared it with ${key} ${mine}, not ${theirs}`
    }
    return undefined
  }

  /** A thread has a series, whose values are in `numbers`. */
  add(labels: readonly string[], numbers: Float64Array): void {
    const key = JSON.stringify(labels)
    let series = this.#series.get(key)
    if (!series) {
      const length = seriesLength(this.spec)
      series = {
        labels: Object.fromEntries(this.spec.labelNames.map((name, index) => [name, labels[index]!])),
        kept: new Float64Array(length),
        told: new Float64Array(length),
        live: new Set(),
      }
      this.#series.set(key, series)
    }
    series.live.add(numbers)
  }

  /** The thread has ended. */
  retire(labels: readonly string[], numbers: Float64Array): void {
    const key = JSON.stringify(labels)
    const series = this.#series.get(key)!
    series.live.delete(numbers)
    if (this.spec.type !== 'gauge')
      numbers.forEach((value, at) => {
        series.kept[at]! += value
      })
    else if (series.live.size === 0) this.#series.delete(key)
  }

  #samples(series: Series): Sample[] {
    const { labels } = series
    if (this.spec.type === 'gauge') return [{ labels, value: this.#gauge(series) }]
    if (this.spec.type === 'counter') return [{ labels, value: added(series, 0) }]
    return this.#histogram(series)
  }

  #gauge({ live }: Series): number {
    const values = Array.from(live, (numbers) => numbers[0]!)
    if (this.spec.aggregate === 'min') return Math.min(...values)
    if (this.spec.aggregate === 'max') return Math.max(...values)
    return values.reduce((sum, value) => sum + value, 0)
  }

  #histogram(series: Series): Sample[] {
    const { name, buckets = [] } = this.spec
    const sharedLabels = series.labels
    let count = 0
    const samples: Sample[] = [...buckets, '+Inf'].map((le, bucket) => {
      count += added(series, bucket)
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count }
    })
    const sum = added(series, buckets.length + 1)
    samples.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum })
    samples.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: count })
    return samples
  }
}

/**
 * One number, of all threads together.
 *
 * How a sum of fractions is rounded depends on the order in which they are added, and a thread that ends changes the
 * order. Prometheus takes the smallest step back for a counter that has begun anew, so such a step is not told.
 */
function added({ kept, told, live }: Series, at: number): number {
  let sum = kept[at]!
  for (const numbers of live) sum += numbers[at]!
  const before = told[at]!
  if (sum < before && before - sum <= before * ROUNDING) return before
  told[at] = sum
  return sum
}

/** Far more than adding up thousands of numbers can be off by, far less than anything that matters. */
const ROUNDING = 1e-12
