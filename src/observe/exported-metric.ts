/**
 * A metric as a prom-client registry takes it, whose samples are made when they are asked for.
 *
 * prom-client's own metrics keep a value for each set of labels and find it by hashing the labels, on every change.
 * Here nothing is kept: the ledger has already counted, and a scrape reads it. So a metric cannot disagree with the
 * ledger, costs nothing between scrapes, and forgets an entrypoint the moment the engine does.
 */
import type { Metric, OpenMetricsContentType, PrometheusContentType, Registry } from 'prom-client'
import type { MetricSpec } from './metric-table.js'

/** prom-client's registry, in either of its text formats. */
export type MetricsRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>

export type LabelsOf<Spec extends MetricSpec> = Readonly<Record<keyof Spec['labels'], string>>

export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>
  /** More labels, in one object for all samples that have them: the registry makes its text once. */
  readonly sharedLabels?: Readonly<Record<string, string>>
  readonly value: number
  /** When it is not the metric's own: the `_bucket`, `_sum` and `_count` of a histogram. */
  readonly metricName?: string
}

let lastTurn: Promise<void> = Promise.resolve()

/** Resolves in a later turn of the event loop than for whoever asked before. */
function turnOfItsOwn(): Promise<void> {
  lastTurn = lastTurn.then(() => new Promise((resolve) => void setImmediate(resolve)))
  return lastTurn
}

export class ExportedMetric {
  /** Not read-only: for OpenMetrics the registry cuts `_total` off and puts it back on the samples. */
  name: string
  readonly help: string
  readonly type: MetricSpec['type']
  /** How several processes of a cluster add up. */
  readonly aggregator = 'sum'
  readonly #samples: () => readonly Sample[]

  constructor(spec: MetricSpec, samples: () => readonly Sample[]) {
    this.name = spec.name
    this.help = spec.help
    this.type = spec.type
    this.#samples = samples
  }

  /**
   * For text. All metrics of a scrape are asked in the same turn of the event loop: they are one moment's picture. To
   * make the text takes far longer, and the scheduler is on this thread: each metric leaves it to a turn of its own.
   */
  async getForPromString(): Promise<object> {
    const picture = this.#describe(this.#samples())
    await turnOfItsOwn()
    return picture
  }

  /** For everything else. */
  async get(): Promise<object> {
    const samples = this.#samples()
    return this.#describe(
      samples.map(({ labels, sharedLabels, ...sample }) => ({ ...sample, labels: { ...labels, ...sharedLabels } })),
    )
  }

  /** Part of the registry's contract. There is nothing to set back: the samples are what the engine says. */
  reset(): void {}

  /** What the registry calls are the members above; the type it declares is the union of its own four classes. */
  register(registry: MetricsRegistry): void {
    registry.registerMetric(this as unknown as Metric)
  }

  #describe(values: readonly object[]): object {
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values }
  }
}

/** A counter or gauge: `fill` calls `tell` once for each sample. */
export function exported<const Spec extends MetricSpec>(
  spec: Spec,
  fill: (tell: (labels: LabelsOf<Spec>, value: number) => void) => void,
): ExportedMetric {
  return new ExportedMetric(spec, () => {
    const samples: Sample[] = []
    fill((labels, value) => samples.push({ labels, value }))
    return samples
  })
}
