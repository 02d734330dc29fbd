/** Makes metrics of the counters in shared memory: one series, or one for each value of an enum, for each row of a kind. */
import type { Catalogue } from '../counters/catalogue.js'
import type { RowKind } from '../counters/layout.js'
import type { Snapshot } from '../counters/reader.js'
import type { MetricDetail } from '../kernel/vocabulary.js'
import type { ExportedMetric } from './exported-metric.js'
import type { MetricSpec } from './metric-table.js'
import { RowMetric } from './row-metric.js'

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
    return new RowMetric(spec, this.#scrape, this.#rows, {
      series: ({ labels }) => [{ labels: {}, sharedLabels: labels }],
      fill: (snapshot, { index }, into, at) => {
        into[at] = convert(snapshot.word(snapshot.at(this.#kind, index) + word))
        return at + 1
      },
    })
  }

  /** One series for each row: what the catalogue says. */
  constant(spec: MetricSpec, value: (entry: Entry<Kind>) => number): ExportedMetric {
    return new RowMetric(spec, this.#scrape, this.#rows, {
      series: ({ labels }) => [{ labels: {}, sharedLabels: labels }],
      fill: (_, { entry }, into, at) => {
        into[at] = value(entry)
        return at + 1
      },
    })
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
    const groups = this.#groups.map(({ rows, labels }) => {
      const shown = new Set(rows.flatMap(({ entry }) => values(entry)))
      return { rows, labels, values: (Object.keys(words) as Value[]).filter((value) => shown.has(value)) }
    })
    return new RowMetric(spec, this.#scrape, groups, {
      series: ({ labels: sharedLabels, values }) =>
        values.map((value) => ({ labels: { [label]: value }, sharedLabels })),
      fill: (snapshot, { rows, values }, into, at) => {
        let next = at
        for (const value of values) into[next++] = this.#sum(snapshot, rows, words[value])
        return next
      },
    })
  }

  /** The series of a histogram for each group of rows. */
  histogram(spec: MetricSpec & { readonly buckets: readonly number[] }, word: number): ExportedMetric {
    const { name, buckets } = spec
    const bounds = [...buckets, '+Inf']
    return new RowMetric(spec, this.#scrape, this.#groups, {
      series: ({ labels: sharedLabels }) => [
        ...bounds.map((le) => ({ metricName: `${name}_bucket`, labels: { le }, sharedLabels })),
        { metricName: `${name}_sum`, labels: {}, sharedLabels },
        { metricName: `${name}_count`, labels: {}, sharedLabels },
      ],
      fill: (snapshot, { rows }, into, at) => {
        let count = 0
        for (let bucket = 0; bucket < bounds.length; bucket++) {
          count += this.#sum(snapshot, rows, word + bucket)
          into[at + bucket] = count
        }
        into[at + bounds.length] = this.#sum(snapshot, rows, word + bounds.length)
        into[at + bounds.length + 1] = count
        return at + bounds.length + 2
      },
    })
  }

  #sum(snapshot: Snapshot, rows: readonly LabelledRow<Kind>[], word: number): number {
    let sum = 0
    for (const { index } of rows) sum += snapshot.word(snapshot.at(this.#kind, index) + word)
    return sum
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
