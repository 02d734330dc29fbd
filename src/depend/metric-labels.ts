/** Finds the series of a metric by its labels, and makes those that are not there yet. */
import { UsageError } from '../kernel/errors.js'
import { seriesLength, type UserMetricSpec } from '../kernel/metric-message.js'
import { didYouMean, show } from '../kernel/suggest.js'
import type { SeriesLocation } from './metric-memory.js'

export type LabelValue = string | number
export type LabelValues<Label extends string = string> = Readonly<Record<Label, LabelValue>>

/** What a metric is made with: its checked declaration, and where its series are. */
export interface MetricContext {
  readonly spec: UserMetricSpec
  /** Undefined when the thread has as many series as it may have. */
  place(labels: readonly string[]): SeriesLocation | undefined
  /** An update under `labels` was dropped. */
  drop(labels: readonly string[]): void
}

/** Where an update goes: to a place, or nowhere. */
export interface SeriesWriter extends SeriesLocation {
  /** Called after an update that went nowhere. */
  readonly dropped?: () => void
}

export class SeriesByLabels<Series> {
  readonly #context: MetricContext
  readonly #make: (target: SeriesWriter) => Series
  readonly #series = new Map<string, Series>()
  /** What is written to when there is no place; nobody reads it. */
  #scratch: Float64Array | undefined

  constructor(context: MetricContext, make: (target: SeriesWriter) => Series) {
    this.#context = context
    this.#make = make
  }

  /** `given`: one value for each label, in their order or by name. */
  find(given: readonly (LabelValue | LabelValues)[]): Series {
    const [first] = given
    const isByName = given.length === 1 && typeof first === 'object' && first !== null
    return this.#of(isByName ? this.#byName(first) : this.#inOrder(given))
  }

  #of(labels: readonly string[]): Series {
    // A separator of any kind could be part of a value.
    const key = labels.length === 1 ? labels[0]! : JSON.stringify(labels)
    const known = this.#series.get(key)
    if (known) return known
    const place = this.#context.place(labels)
    // What has no place is not kept either: labels without end must not take memory without end.
    if (!place) return this.#make({ ...this.#nowhere(), dropped: () => this.#context.drop(labels) })
    const series = this.#make(place)
    this.#series.set(key, series)
    return series
  }

  #nowhere(): SeriesLocation {
    this.#scratch ??= new Float64Array(seriesLength(this.#context.spec))
    return { numbers: this.#scratch, offset: 0 }
  }

  #byName(given: LabelValues): string[] {
    const { labelNames } = this.#context.spec
    const values = labelNames.map((label) => this.#text(label, given[label]))
    for (const label in given) {
      if (labelNames.includes(label)) continue
      throw this.#refusal(`there is no label ${show(label)}${didYouMean(label, labelNames)} (${this.#expected()})`)
    }
    return values
  }

  #inOrder(given: readonly unknown[]): string[] {
    const { labelNames } = this.#context.spec
    if (given.length > labelNames.length) {
      throw this.#refusal(`${given.length} label values were given (${this.#expected()})`)
    }
    return labelNames.map((label, index) => this.#text(label, given[index]))
  }

  #text(label: string, value: unknown): string {
    if (typeof value === 'string') return value
    if (typeof value === 'number') return String(value)
    if (value === undefined) throw this.#refusal(`the label ${show(label)} has no value (${this.#expected()})`)
    throw this.#refusal(`the label ${show(label)} must be a string or a number, got ${show(value)}`)
  }

  #expected(): string {
    const { labelNames } = this.#context.spec
    return labelNames.length === 0 ? 'it has no labels' : `expected: ${labelNames.join(', ')}`
  }

  #refusal(problem: string): UsageError {
    const { type, name } = this.#context.spec
    return new UsageError('ERR_METRIC_LABELS', `${type} ${name}: ${problem}`)
  }
}
