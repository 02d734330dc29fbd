/**
 * Histograms that are observed on the hot path.
 *
 * Each set of labels is bound once and gets its own array of counters. To observe a value takes a search in the bounds and
 * two additions, without hashing or allocation. (A label child of prom-client's histogram hashes its labels on every call.)
 */
import { ExportedMetric, type LabelsOf, type Sample } from './exported-metric.js'
import type { MetricSpec } from './metric-table.js'

type HistogramSpec = MetricSpec & { readonly buckets: readonly number[] }

interface Series {
  readonly labels: Readonly<Record<string, string>>
  /** Observations per bucket, not cumulative; the last bucket is +Inf. */
  readonly counts: Float64Array
  sum: number
}

export class BoundHistogram<const Spec extends HistogramSpec> {
  readonly metric: ExportedMetric
  readonly #name: string
  readonly #bounds: readonly number[]
  readonly #series: Series[] = []

  /** @param beforeScrape binds label sets that appeared since the last scrape, so that their series are exported at 0. */
  constructor(spec: Spec, beforeScrape: () => void = () => {}) {
    this.#name = spec.name
    this.#bounds = [...spec.buckets, Number.POSITIVE_INFINITY]
    this.metric = new ExportedMetric(spec, () => {
      beforeScrape()
      return this.#series.flatMap((series) => this.#samples(series))
    })
  }

  /** Adds a series at 0 and returns the function that observes a value in it. */
  bind(labels: LabelsOf<Spec>): (value: number) => void {
    const bounds = this.#bounds
    const counts = new Float64Array(bounds.length)
    const series: Series = { labels, counts, sum: 0 }
    this.#series.push(series)
    return (value) => {
      let bucket = 0
      while (value > bounds[bucket]!) bucket++
      counts[bucket]! += 1
      series.sum += value
    }
  }

  #samples({ labels: sharedLabels, counts, sum }: Series): Sample[] {
    const name = this.#name
    let count = 0
    const samples: Sample[] = this.#bounds.map((bound, bucket) => {
      count += counts[bucket]!
      const labels = { le: bound === Infinity ? '+Inf' : bound }
      return { metricName: `${name}_bucket`, labels, sharedLabels, value: count }
    })
    samples.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum })
    samples.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: count })
    return samples
  }
}
