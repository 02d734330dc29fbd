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
 * Lets services declare their own metrics, which the supervisor serves under `/metrics`. The methods are prom-client's:
 *
 *     @inject(Metrics) metrics!: Metrics
 *
 *     onStart() {
 *       this.synced = this.metrics.counter({ name: 'users_synced_total', help: 'Users.', labelNames: ['result'] })
 *     }
 *     ...
 *     this.synced.inc({ result: 'ok' })
 *
 * A second declaration of the same name returns the same metric. The values of all threads are combined. Counters and
 * histograms keep the values of threads that have ended, even of killed ones.
 *
 * @throws UsageError (`ERR_METRIC_CONFIG`) for an invalid declaration, and (`ERR_METRIC_CONFLICT`) for a declaration that
 * differs from an earlier one of the same name.
 */
export class Metrics extends DependencyProvider<Metrics> {
  get(): this {
    return this
  }

  /** Declares a value that only grows; by convention its name ends in `_total`. */
  counter<Label extends string = never>(config: CounterConfig<Label>): Counter<Label> {
    return this.#metric<Counter<Label>>(readMetricConfig('counter', config), Counter)
  }

  /** Declares a value that rises and falls. */
  gauge<Label extends string = never>(config: GaugeConfig<Label>): Gauge<Label> {
    return this.#metric<Gauge<Label>>(readMetricConfig('gauge', config), Gauge)
  }

  /** Declares a distribution of values. Durations are in seconds. */
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
      `${spec.type} ${spec.name}: this thread has already declared it with ${other}`,
    )
  }

  #context(memory: MetricMemory, spec: UserMetricSpec): MetricContext {
    const { log, service } = this.context
    const id = memory.declare(service, spec)
    return {
      spec,
      allocate: (labels) => memory.allocate(id, spec, labels),
      drop(labels) {
        if (!memory.drop()) return
        const limit = memory.maxSeries
        log.warn(
          {
            metric: spec.name,
            labels: Object.fromEntries(spec.labelNames.map((name, at) => [name, labels[at]])),
            limit,
          },
          'too many series: this thread has reached the maximum number of label sets; updates of further ones are dropped and counted in escapement_user_metric_updates_dropped_total',
        )
      },
    }
  }
}
