import { UsageError } from '../kernel/errors.js'
import type { UserMetricSpec } from '../kernel/metric-message.js'
import { HOST } from './host-port.js'
import {
  type CounterConfig,
  difference,
  type GaugeConfig,
  type HistogramConfig,
  readMetricConfig,
} from './metric-config.js'
import { Counter, Gauge, Histogram } from './metric-kinds.js'
import type { MetricContext } from './metric-labels.js'
import { type MetricMemory, metricMemoryOf } from './metric-memory.js'
import { DependencyProvider } from './provider.js'

/**
 * Metrics of the services' own, on the `/metrics` page of the supervisor. Used as prom-client is:
 *
 *     @inject(Metrics) metrics!: Metrics
 *
 *     onStart() {
 *       this.synced = this.metrics.counter({ name: 'users_synced_total', help: 'Users.', labelNames: ['result'] })
 *     }
 *     ...
 *     this.synced.inc({ result: 'ok' })
 *
 * Who asks for the same name again gets the same metric; the threads of all services add up. Counters and histograms
 * outlive the thread that counted, however it ended. What is declared in a way that cannot work throws an `UsageError`.
 */
export class Metrics extends DependencyProvider<Metrics> {
  static readonly usesRun: boolean = false

  get(): this {
    return this
  }

  /** What only grows; by convention its name ends in `_total`. */
  counter<Label extends string = never>(config: CounterConfig<Label>): Counter<Label> {
    return this.#metric<Counter<Label>>(readMetricConfig('counter', config), Counter)
  }

  /** What goes up and down. */
  gauge<Label extends string = never>(config: GaugeConfig<Label>): Gauge<Label> {
    return this.#metric<Gauge<Label>>(readMetricConfig('gauge', config), Gauge)
  }

  /** How values are spread. Durations are seconds. */
  histogram<Label extends string = never>(config: HistogramConfig<Label>): Histogram<Label> {
    return this.#metric<Histogram<Label>>(readMetricConfig('histogram', config), Histogram)
  }

  #metric<Kind extends object>(spec: UserMetricSpec, kind: new (context: MetricContext) => Kind): Kind {
    const memory = metricMemoryOf(this.context[HOST])
    const known = memory.declared.get(spec.name)
    if (!known) {
      const metric = new kind(this.#context(memory, spec))
      memory.declared.set(spec.name, { spec, metric })
      return metric
    }
    const other = difference(known.spec, spec)
    if (other === undefined) return known.metric as Kind
    throw new UsageError(
      'ERR_METRIC_CONFLICT',
      `${spec.type} ${spec.name}: this thread has declared it before, with ${other}`,
    )
  }

  #context(memory: MetricMemory, spec: UserMetricSpec): MetricContext {
    const id = memory.declare(spec)
    const { log } = this.context
    return {
      spec,
      place: (labels) => memory.place(id, spec, labels),
      drop(labels) {
        if (!memory.drop()) return
        const limit = memory.maxSeries
        log.warn(
          {
            metric: spec.name,
            labels: Object.fromEntries(spec.labelNames.map((name, at) => [name, labels[at]])),
            limit,
          },
          'too many series: this thread has as many sets of label values as it may have, updates of further ones are dropped and counted in escapement_user_metric_updates_dropped_total',
        )
      },
    }
  }
}
