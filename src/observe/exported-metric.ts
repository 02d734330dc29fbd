/**
 * A metric for a prom-client registry that computes its samples during the scrape.
 *
 * prom-client's own metrics store a value for each set of labels and hash the labels on every change to find it. This
 * class stores nothing: the engine has already counted in shared memory, and a scrape reads that. So a metric cannot disagree
 * with the ledger and costs nothing between scrapes.
 */
import type { Metric, OpenMetricsContentType, PrometheusContentType, Registry } from 'prom-client'
import { nextFreeTurn } from './free-turn.js'
import type { MetricSpec } from './metric-table.js'

/** prom-client's registry, in either of its text formats. */
export type MetricsRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>

export type LabelsOf<Spec extends MetricSpec> = Readonly<Record<keyof Spec['labels'], string>>

export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>
  /** Labels in one object that several samples share: the registry formats that object once. */
  readonly sharedLabels?: Readonly<Record<string, string>>
  readonly value: number
  /** Set when it differs from the metric's name: the `_bucket`, `_sum` and `_count` of a histogram. */
  readonly metricName?: string
}

export class ExportedMetric {
  /** Not read-only: for OpenMetrics the registry removes `_total` from it and appends `_total` to the samples. */
  name: string
  readonly help: string
  readonly type: MetricSpec['type']
  /** How prom-client combines the values of several processes of a Node cluster. */
  readonly aggregator = 'sum'
  readonly #samples: () => readonly Sample[] | Promise<readonly Sample[]>

  constructor(
    spec: Omit<MetricSpec, 'name'> & { readonly name: string },
    samples: () => readonly Sample[] | Promise<readonly Sample[]>,
  ) {
    this.name = spec.name
    this.help = spec.help
    this.type = spec.type
    this.#samples = samples
  }

  /**
   * Called by the registry for the text formats. The registry calls all metrics of a scrape in the same turn of the event
   * loop, so their samples belong to the same scrape. To format the text takes far longer and would delay whatever else this
   * thread does. So each metric has its text formatted in a separate turn.
   */
  async getForPromString(): Promise<object> {
    const description = this.#describe(await this.#samples())
    await nextFreeTurn()
    return description
  }

  /** Called by the registry for every other format. */
  async get(): Promise<object> {
    const samples = await this.#samples()
    return this.#describe(
      samples.map(({ labels, sharedLabels, ...sample }) => ({ ...sample, labels: { ...labels, ...sharedLabels } })),
    )
  }

  /** Required by the registry. Does nothing, because this class stores no values. */
  reset(): void {}

  /** The registry calls only the members above, but declares its parameter as the union of prom-client's four classes. */
  register(registry: MetricsRegistry): void {
    registry.registerMetric(this as unknown as Metric)
  }

  #describe(values: readonly object[]): object {
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values }
  }
}

/** Makes a counter or gauge: `fill` calls `add` once for each sample. */
export function exported<const Spec extends MetricSpec>(
  spec: Spec,
  fill: (add: (labels: LabelsOf<Spec>, value: number) => void) => void,
): ExportedMetric {
  return new ExportedMetric(spec, () => {
    const samples: Sample[] = []
    fill((labels, value) => samples.push({ labels, value }))
    return samples
  })
}
