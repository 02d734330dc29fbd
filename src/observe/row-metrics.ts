/** Makes metrics of the counters in shared memory: one series, or one for each value of an enum, for each row of a kind. */
import type { Catalogue } from '../counters/catalogue.js'
import type { RowKind } from '../counters/layout.js'
import type { Snapshot } from '../counters/reader.js'
import { ExportedMetric, type Sample } from './exported-metric.js'
import type { MetricSpec } from './metric-table.js'

type Entry<Kind extends RowKind> = Catalogue[Kind][number]

/** A row with the labels that all of its series share. */
interface LabelledRow<Kind extends RowKind> {
  readonly entry: Entry<Kind>
  readonly index: number
  readonly labels: Readonly<Record<string, string>>
}

export class RowMetrics<Kind extends RowKind> {
  readonly #kind: Kind
  readonly #scrape: () => Promise<Snapshot>
  readonly #rows: readonly LabelledRow<Kind>[]

  /**
   * @param scrape returns the same snapshot for all metrics of a scrape.
   * @param isShown which rows have the metrics. Default: all.
   */
  constructor(
    catalogue: Catalogue,
    kind: Kind,
    scrape: () => Promise<Snapshot>,
    labelsOf: (entry: Entry<Kind>) => Readonly<Record<string, string>>,
    isShown: (entry: Entry<Kind>) => boolean = () => true,
  ) {
    const entries: readonly Entry<Kind>[] = catalogue[kind]
    this.#kind = kind
    this.#scrape = scrape
    this.#rows = entries
      .map((entry, index) => ({ entry, index, labels: labelsOf(entry) }))
      .filter(({ entry }) => isShown(entry))
  }

  /** One series for each row: the word, or what `convert` makes of it. */
  one(spec: MetricSpec, word: number, convert: (value: number) => number = (value) => value): ExportedMetric {
    return this.#metric(spec, (snapshot, { index, labels }) => [
      { labels: {}, sharedLabels: labels, value: convert(snapshot.word(snapshot.at(this.#kind, index) + word)) },
    ])
  }

  /** One series for each row: what the catalogue says. */
  constant(spec: MetricSpec, value: (entry: Entry<Kind>) => number): ExportedMetric {
    return this.#metric(spec, (_, { entry, labels }) => [{ labels: {}, sharedLabels: labels, value: value(entry) }])
  }

  /** A series for each value of an enum, which the label `label` names. `values` says which of them a row has. */
  each<Value extends string>(
    spec: MetricSpec,
    label: string,
    words: Readonly<Record<Value, number>>,
    values: (entry: Entry<Kind>) => readonly Value[],
  ): ExportedMetric {
    const labelsOf = Object.fromEntries(Object.keys(words).map((value) => [value, { [label]: value }]))
    return this.#metric(spec, (snapshot, { entry, index, labels }) => {
      const at = snapshot.at(this.#kind, index)
      return values(entry).map((value) => ({
        labels: labelsOf[value]!,
        sharedLabels: labels,
        value: snapshot.word(at + words[value]),
      }))
    })
  }

  /** The series of a histogram for each row. */
  histogram(spec: MetricSpec & { readonly buckets: readonly number[] }, word: number): ExportedMetric {
    const { name, buckets } = spec
    const labelsOf = [...buckets, '+Inf'].map((le) => ({ le }))
    return this.#metric(spec, (snapshot, { index, labels: sharedLabels }) => {
      const at = snapshot.at(this.#kind, index) + word
      let count = 0
      const samples: Sample[] = labelsOf.map((labels, bucket) => {
        count += snapshot.word(at + bucket)
        return { metricName: `${name}_bucket`, labels, sharedLabels, value: count }
      })
      const sum = snapshot.word(at + labelsOf.length)
      samples.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum })
      samples.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: count })
      return samples
    })
  }

  #metric(spec: MetricSpec, samples: (snapshot: Snapshot, row: LabelledRow<Kind>) => readonly Sample[]) {
    return new ExportedMetric(spec, async () => {
      const snapshot = await this.#scrape()
      return this.#rows.flatMap((row) => samples(snapshot, row))
    })
  }
}
