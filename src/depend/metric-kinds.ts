/**
 * Counter, gauge and histogram as services use them: prom-client's methods, on shared memory.
 *
 *     calls.inc({ user: 'a' })                  finds the series by its labels
 *     const ofA = calls.labels('a')             once ...
 *     ofA.inc()                                 ... then each update is a store into memory
 */
import type { UserMetricSpec } from '../kernel/metric-message.js'
import type { Seconds } from '../kernel/time.js'
import {
  type LabelValue,
  type LabelValues,
  type MetricContext,
  SeriesByLabels,
  type SeriesWriter,
} from './metric-labels.js'
import { CounterSeries, GaugeSeries, HistogramSeries, type Series, stopwatch } from './metric-series.js'

/** A metric of any kind: its series by their labels. */
class Labelled<Of extends Series, Label extends string> {
  readonly #series: SeriesByLabels<Of>
  /** The only series of a metric without labels. */
  readonly #only: Of | undefined

  constructor(kind: new (spec: UserMetricSpec, target: SeriesWriter) => Of, context: MetricContext) {
    const { spec } = context
    this.#series = new SeriesByLabels(context, (target) => new kind(spec, target))
    this.#only = spec.labelNames.length === 0 ? this.#series.find([]) : undefined
  }

  /** The series with these labels, at 0 if it is new: values in the order of `labelNames`, or an object. */
  labels(...values: LabelValue[]): Of
  labels(values: LabelValues<Label>): Of
  labels(...values: (LabelValue | LabelValues<Label>)[]): Of {
    return this.#series.find(values)
  }

  /** For updates, whose first argument may be the labels. */
  protected seriesOf(given: unknown): Of {
    if (typeof given === 'object' && given !== null) return this.#series.find([given as LabelValues])
    return this.#only ?? this.#series.find([])
  }
}

/** What only grows. What threads that have ended had counted stays in it. */
export class Counter<Label extends string = string> extends Labelled<CounterSeries, Label> {
  constructor(context: MetricContext) {
    super(CounterSeries, context)
  }

  /** `value`: not negative; default 1. */
  inc(value?: number): void
  inc(labels: LabelValues<Label>, value?: number): void
  inc(first?: number | LabelValues<Label>, second?: number): void {
    this.seriesOf(first).inc(numberOf(first, second))
  }
}

/** What goes up and down. Of several threads `aggregate` makes one value; a thread that has ended counts no more. */
export class Gauge<Label extends string = string> extends Labelled<GaugeSeries, Label> {
  constructor(context: MetricContext) {
    super(GaugeSeries, context)
  }

  set(value: number): void
  set(labels: LabelValues<Label>, value: number): void
  set(first?: number | LabelValues<Label>, second?: number): void {
    this.seriesOf(first).set(numberOf(first, second) as number)
  }

  /** `value`: default 1. */
  inc(value?: number): void
  inc(labels: LabelValues<Label>, value?: number): void
  inc(first?: number | LabelValues<Label>, second?: number): void {
    this.seriesOf(first).inc(numberOf(first, second))
  }

  /** `value`: default 1. */
  dec(value?: number): void
  dec(labels: LabelValues<Label>, value?: number): void
  dec(first?: number | LabelValues<Label>, second?: number): void {
    this.seriesOf(first).dec(numberOf(first, second))
  }

  /** Unix time in seconds. */
  setToCurrentTime(labels?: LabelValues<Label>): void {
    this.seriesOf(labels).setToCurrentTime()
  }

  /** The result sets the gauge to the seconds that have passed, and returns them. It may add labels. */
  startTimer(labels?: Partial<LabelValues<Label>>): (more?: Partial<LabelValues<Label>>) => Seconds {
    const elapsed = stopwatch()
    return (more) => {
      const seconds = elapsed()
      this.seriesOf({ ...labels, ...more }).set(seconds)
      return seconds
    }
  }
}

/** How values are spread, durations most of all. What threads that have ended had observed stays in it. */
export class Histogram<Label extends string = string> extends Labelled<HistogramSeries, Label> {
  constructor(context: MetricContext) {
    super(HistogramSeries, context)
  }

  observe(value: number): void
  observe(labels: LabelValues<Label>, value: number): void
  observe(first?: number | LabelValues<Label>, second?: number): void {
    this.seriesOf(first).observe(numberOf(first, second) as number)
  }

  /** The result observes the seconds that have passed, and returns them. It may add labels, the outcome for example. */
  startTimer(labels?: Partial<LabelValues<Label>>): (more?: Partial<LabelValues<Label>>) => Seconds {
    const elapsed = stopwatch()
    return (more) => {
      const seconds = elapsed()
      this.seriesOf({ ...labels, ...more }).observe(seconds)
      return seconds
    }
  }
}

/** The number of an update whose first argument may be the labels. */
function numberOf(first: unknown, second: number | undefined): number | undefined {
  return typeof first === 'object' && first !== null ? second : (first as number | undefined)
}
