/**
 * Counter, gauge and histogram for services: prom-client's methods, on shared memory.
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
import {
  CounterSeries,
  checkedIncrement,
  checkedObservation,
  checkedStep,
  checkedValue,
  GaugeSeries,
  HistogramSeries,
  type Series,
  stopwatch,
} from './metric-series.js'

/** Base of all metrics: finds series by their labels. */
class Labelled<Of extends Series, Label extends string> {
  readonly #series: SeriesByLabels<Of>
  /** The only series of a metric without labels. */
  readonly #only: Of | undefined
  protected readonly spec: UserMetricSpec

  constructor(kind: new (spec: UserMetricSpec, writer: SeriesWriter) => Of, context: MetricContext) {
    const { spec } = context
    this.spec = spec
    this.#series = new SeriesByLabels(context, (writer) => new kind(spec, writer))
    this.#only = spec.labelNames.length === 0 ? this.#series.find([]) : undefined
  }

  /** The series with these labels; a new series starts at 0. Takes the values in the order of `labelNames`, or an object. */
  labels(...values: LabelValue[]): Of
  labels(values: LabelValues<Label>): Of
  labels(...values: (LabelValue | LabelValues<Label>)[]): Of {
    return this.#series.find(values)
  }

  /** The series of an update, whose first argument may be the labels. */
  protected seriesOf(given: unknown): Of {
    if (typeof given === 'object' && given !== null) return this.#series.find([given as LabelValues])
    return this.#only ?? this.#series.find([])
  }
}

/** A value that only grows. It includes the counts of threads that have ended. */
export class Counter<Label extends string = string> extends Labelled<CounterSeries, Label> {
  constructor(context: MetricContext) {
    super(CounterSeries, context)
  }

  /** `value`: not negative; default 1. */
  inc(value?: number): void
  inc(labels: LabelValues<Label>, value?: number): void
  inc(first?: number | LabelValues<Label>, second?: number): void {
    const value = checkedIncrement(this.spec, numberOf(first, second))
    this.seriesOf(first).inc(value)
  }
}

/** A value that rises and falls. `aggregate` combines the values of running threads; ended threads do not count. */
export class Gauge<Label extends string = string> extends Labelled<GaugeSeries, Label> {
  constructor(context: MetricContext) {
    super(GaugeSeries, context)
  }

  set(value: number): void
  set(labels: LabelValues<Label>, value: number): void
  set(first?: number | LabelValues<Label>, second?: number): void {
    const value = checkedValue(this.spec, numberOf(first, second))
    this.seriesOf(first).set(value)
  }

  /** `value`: default 1. */
  inc(value?: number): void
  inc(labels: LabelValues<Label>, value?: number): void
  inc(first?: number | LabelValues<Label>, second?: number): void {
    const value = checkedStep(this.spec, numberOf(first, second))
    this.seriesOf(first).inc(value)
  }

  /** `value`: default 1. */
  dec(value?: number): void
  dec(labels: LabelValues<Label>, value?: number): void
  dec(first?: number | LabelValues<Label>, second?: number): void {
    const value = checkedStep(this.spec, numberOf(first, second))
    this.seriesOf(first).dec(value)
  }

  /** Sets the gauge to the current Unix time in seconds. */
  setToCurrentTime(labels?: LabelValues<Label>): void {
    this.seriesOf(labels).setToCurrentTime()
  }

  /** Starts a timer. The returned function sets the gauge to the elapsed seconds and returns them; it may add labels. */
  startTimer(labels?: Partial<LabelValues<Label>>): (more?: Partial<LabelValues<Label>>) => Seconds {
    const elapsed = stopwatch()
    return (more) => {
      const seconds = elapsed()
      this.seriesOf({ ...labels, ...more }).set(seconds)
      return seconds
    }
  }
}

/** The distribution of values such as durations. It includes the values of threads that have ended. */
export class Histogram<Label extends string = string> extends Labelled<HistogramSeries, Label> {
  constructor(context: MetricContext) {
    super(HistogramSeries, context)
  }

  observe(value: number): void
  observe(labels: LabelValues<Label>, value: number): void
  observe(first?: number | LabelValues<Label>, second?: number): void {
    const value = checkedObservation(this.spec, numberOf(first, second))
    this.seriesOf(first).observe(value)
  }

  /** Starts a timer. The returned function observes the elapsed seconds and returns them; it may add labels, e.g. the outcome. */
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
