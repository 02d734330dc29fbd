/**
 * A metric whose values are in the rows of the counters. Its series stay the same at every scrape: who keeps the text of the last
 * one (admin/exposition) only needs the values.
 */
import type { Snapshot } from '../counters/reader.js'
import { ExportedMetric, type Sample } from './exported-metric.js'
import type { MetricSpec } from './metric-table.js'

export type Series = Omit<Sample, 'value'>

/** How the series and the values of one row, or of one group of rows, are made. */
export interface SeriesOfRow<Of> {
  readonly series: (of: Of) => readonly Series[]
  /** Writes the values of these series, in their order, to `into` from `at` on; returns the position after the last one. */
  readonly fill: (snapshot: Snapshot, of: Of, into: Float64Array, at: number) => number
}

export class RowMetric<Of> extends ExportedMetric {
  /** The same for all metrics of a scrape: call it for all of them in the same turn of the event loop. */
  readonly snapshot: () => Promise<Snapshot>
  readonly #all: readonly Of[]
  readonly #of: SeriesOfRow<Of>
  /** The number of series; undefined until it is needed. */
  #count: number | undefined

  constructor(spec: MetricSpec, snapshot: () => Promise<Snapshot>, all: readonly Of[], of: SeriesOfRow<Of>) {
    super(spec, async () => this.#samples(await snapshot()))
    this.snapshot = snapshot
    this.#all = all
    this.#of = of
  }

  /** The values of all series, in the order of the text. */
  values(snapshot: Snapshot): Float64Array {
    this.#count ??= this.#all.reduce((sum, one) => sum + this.#of.series(one).length, 0)
    const values = new Float64Array(this.#count)
    let at = 0
    for (const one of this.#all) at = this.#of.fill(snapshot, one, values, at)
    return values
  }

  #samples(snapshot: Snapshot): Sample[] {
    const values = this.values(snapshot)
    let at = 0
    return this.#all.flatMap((one) => this.#of.series(one).map((series) => ({ ...series, value: values[at++]! })))
  }
}
