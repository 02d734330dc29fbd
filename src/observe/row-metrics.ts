/** Makes metrics of the counters in shared memory: one series, or one for each value of an enum, for each row of a kind. */
import type { Catalogue } from '../counters/catalogue.js'
import type { RowKind } from '../counters/layout.js'
import type { Snapshot } from '../counters/reader.js'
import type { MetricDetail } from '../kernel/vocabulary.js'
import { ExportedMetric, type Sample } from './exported-metric.js'
import type { MetricSpec } from './metric-table.js'

type Entry<Kind extends RowKind> = Catalogue[Kind][number]

/** A row with the labels that all of its series share. */
interface LabelledRow<Kind extends RowKind> {
  readonly entry: Entry<Kind>
  readonly index: number
  readonly labels: Labels
}

/** Rows whose histograms and enum counters are added up. */
interface RowGroup<Kind extends RowKind> {
  readonly rows: readonly LabelledRow<Kind>[]
  readonly labels: Labels
}

type Labels = Readonly<Record<string, string>>

export class RowMetrics<Kind extends RowKind> {
  readonly #kind: Kind
  readonly #scrape: () => Promise<Snapshot>
  readonly #rows: readonly LabelledRow<Kind>[]
  readonly #groups: readonly RowGroup<Kind>[]

  /**
   * @param scrape returns the same snapshot for all metrics of a scrape.
   * @param isShown which rows have the metrics. Default: all.
   */
  constructor(
    catalogue: Catalogue,
    kind: Kind,
    scrape: () => Promise<Snapshot>,
    labelsOf: (entry: Entry<Kind>) => Labels,
    isShown: (entry: Entry<Kind>) => boolean = () => true,
  ) {
    const entries: readonly Entry<Kind>[] = catalogue[kind]
    this.#kind = kind
    this.#scrape = scrape
    this.#rows = entries
      .map((entry, index) => ({ entry, index, labels: labelsOf(entry) }))
      .filter(({ entry }) => isShown(entry))
    this.#groups = grouped(this.#rows, catalogue.detail)
  }

  /** One series for each row: the word, or what `convert` makes of it. */
  one(spec: MetricSpec, word: number, convert: (value: number) => number = (value) => value): ExportedMetric {
    return this.#metric(spec, this.#rows, (snapshot, { index, labels }) => [
      { labels: {}, sharedLabels: labels, value: convert(snapshot.word(snapshot.at(this.#kind, index) + word)) },
    ])
  }

  /** One series for each row: what the catalogue says. */
  constant(spec: MetricSpec, value: (entry: Entry<Kind>) => number): ExportedMetric {
    return this.#metric(spec, this.#rows, (_, { entry, labels }) => [
      { labels: {}, sharedLabels: labels, value: value(entry) },
    ])
  }

  /**
   * A series for each value of an enum, which the label `label` names, and each group of rows. `values` says which of them a row
   * has.
   */
  each<Value extends string>(
    spec: MetricSpec,
    label: string,
    words: Readonly<Record<Value, number>>,
    values: (entry: Entry<Kind>) => readonly Value[],
  ): ExportedMetric {
    const labelsOf = Object.fromEntries(Object.keys(words).map((value) => [value, { [label]: value }]))
    const groups = this.#groups.map(({ rows, labels }) => {
      const shown = new Set(rows.flatMap(({ entry }) => values(entry)))
      return { rows, labels, values: (Object.keys(words) as Value[]).filter((value) => shown.has(value)) }
    })
    return this.#metric(spec, groups, (snapshot, { rows, labels, values }) =>
      values.map((value) => ({
        labels: labelsOf[value]!,
        sharedLabels: labels,
        value: this.#sum(snapshot, rows, words[value]),
      })),
    )
  }

  /** The series of a histogram for each group of rows. */
  histogram(spec: MetricSpec & { readonly buckets: readonly number[] }, word: number): ExportedMetric {
    const { name, buckets } = spec
    const labelsOf = [...buckets, '+Inf'].map((le) => ({ le }))
    return this.#metric(spec, this.#groups, (snapshot, { rows, labels: sharedLabels }) => {
      let count = 0
      const samples: Sample[] = labelsOf.map((labels, bucket) => {
        count += this.#sum(snapshot, rows, word + bucket)
        return { metricName: `${name}_bucket`, labels, sharedLabels, value: count }
      })
      const sum = this.#sum(snapshot, rows, word + labelsOf.length)
      samples.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum })
      samples.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: count })
      return samples
    })
  }

  #sum(snapshot: Snapshot, rows: readonly LabelledRow<Kind>[], word: number): number {
    let sum = 0
    for (const { index } of rows) sum += snapshot.word(snapshot.at(this.#kind, index) + word)
    return sum
  }

  #metric<Of>(spec: MetricSpec, all: readonly Of[], samples: (snapshot: Snapshot, of: Of) => readonly Sample[]) {
    return new ExportedMetric(spec, async () => {
      const snapshot = await this.#scrape()
      return all.flatMap((one) => samples(snapshot, one))
    })
  }
}

/** With the detail `service`, the rows of the methods of a service are one group. */
function grouped<Kind extends RowKind>(rows: readonly LabelledRow<Kind>[], detail: MetricDetail): RowGroup<Kind>[] {
  const groups = new Map<string, { readonly labels: Labels; readonly rows: LabelledRow<Kind>[] }>()
  for (const row of rows) {
    const { method, ...others } = row.labels
    const labels = detail === 'service' ? others : row.labels
    const key = JSON.stringify(labels)
    const group = groups.get(key)
    if (group) group.rows.push(row)
    else groups.set(key, { labels, rows: [row] })
  }
  return [...groups.values()]
}
