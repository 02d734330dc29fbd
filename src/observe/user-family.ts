/** One metric that services declared: its series by labels, each combined from the values of all threads. */
import { seriesLength, type UserMetricSpec } from '../kernel/metric-message.js'
import { ExportedMetric, type MetricsRegistry, type Sample } from './exported-metric.js'
import type { MetricSpec } from './metric-table.js'

interface Series {
  readonly labels: Readonly<Record<string, string>>
  /** The service whose limit the series counts for. */
  readonly owner: string
  /** Sum of the values of threads that have ended. */
  readonly retained: Float64Array
  /** Values that the last scrape reported. */
  readonly reported: Float64Array
  /** Shared memory of the running threads. */
  readonly live: Set<Float64Array>
}

export class UserFamily {
  readonly spec: UserMetricSpec
  readonly #metric: ExportedMetric
  readonly #series = new Map<string, Series>()

  constructor(spec: UserMetricSpec) {
    this.spec = spec
    const { name, help, type } = spec
    // MetricSpec requires the prefix escapement_, which services' metrics do not have.
    const described = { name: name as MetricSpec['name'], help, type, labels: {} }
    this.#metric = new ExportedMetric(described, () => [...this.#series.values()].flatMap((one) => this.#samples(one)))
  }

  register(registry: MetricsRegistry): void {
    this.#metric.register(registry)
  }

  /** Removes the metric, unless another metric has its name by now: users may clear and refill the registry. */
  unregister(registry: MetricsRegistry): void {
    const { name } = this.spec
    if ((registry.getSingleMetric(name) as unknown) === this.#metric) registry.removeSingleMetric(name)
  }

  /** How another declaration of the name differs from this one; undefined when their values can be combined. */
  conflictWith(other: UserMetricSpec): string | undefined {
    for (const key of ['type', 'labelNames', 'buckets', 'aggregate'] as const) {
      const [mine, theirs] = [this.spec[key], other[key]].map((value) => JSON.stringify(value))
      if (mine !== theirs) return `another thread has declared it with ${key} ${mine}, not ${theirs}`
    }
    return undefined
  }

  has(labels: readonly string[]): boolean {
    return this.#series.has(JSON.stringify(labels))
  }

  /** Adds a thread's series, whose values are in `numbers`. */
  add(labels: readonly string[], numbers: Float64Array, owner: string): void {
    const key = JSON.stringify(labels)
    let series = this.#series.get(key)
    if (!series) {
      const length = seriesLength(this.spec)
      series = {
        labels: Object.fromEntries(this.spec.labelNames.map((name, index) => [name, labels[index]!])),
        owner,
        retained: new Float64Array(length),
        reported: new Float64Array(length),
        live: new Set(),
      }
      this.#series.set(key, series)
    }
    series.live.add(numbers)
  }

  /** Called when the thread has ended: keeps its counts and drops its gauge. The owner of the series when it is gone. */
  retire(labels: readonly string[], numbers: Float64Array): string | undefined {
    const key = JSON.stringify(labels)
    const series = this.#series.get(key)!
    series.live.delete(numbers)
    if (this.spec.type !== 'gauge')
      numbers.forEach((value, at) => {
        series.retained[at]! += value
      })
    else if (series.live.size === 0) {
      this.#series.delete(key)
      return series.owner
    }
    return undefined
  }

  #samples(series: Series): Sample[] {
    const { labels } = series
    if (this.spec.type === 'gauge') return [{ labels, value: this.#gauge(series) }]
    if (this.spec.type === 'counter') return [{ labels, value: total(series, 0) }]
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
      count += total(series, bucket)
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count }
    })
    const sum = total(series, buckets.length + 1)
    samples.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum })
    samples.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: count })
    return samples
  }
}

/**
 * The sum of one number over all threads.
 *
 * The rounding of a floating-point sum depends on the order of its terms, and the order changes when a thread ends.
 * Prometheus interprets any decrease of a counter as a reset, so a decrease by rounding is not reported.
 */
function total({ retained, reported, live }: Series, at: number): number {
  let sum = retained[at]!
  for (const numbers of live) sum += numbers[at]!
  const before = reported[at]!
  if (sum < before && before - sum <= before * ROUNDING) return before
  reported[at] = sum
  return sum
}

/** Relative error: far above the rounding of a sum of thousands of numbers, far below a decrease that matters. */
const ROUNDING = 1e-12
