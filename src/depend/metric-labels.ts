/** Finds the series of a metric by its labels, and creates missing series. */
import { UsageError } from '../kernel/errors.js'
import { seriesLength, type UserMetricSpec } from '../kernel/metric-message.js'
import { didYouMean, show } from '../kernel/suggest.js'
import type { SeriesLocation } from './metric-memory.js'

/** Of a label value, because the main thread keeps a copy. Unit: characters. */
const LONGEST_VALUE = 1_024

export type LabelValue = string | number
export type LabelValues<Label extends string = string> = Readonly<Record<Label, LabelValue>>

/** What a metric needs: its checked declaration, and memory for its series. */
export interface MetricContext {
  readonly spec: UserMetricSpec
  /** Allocates memory for a series; undefined when the thread has reached its maximum number of series. */
  allocate(labels: readonly string[]): SeriesLocation | undefined
  /** Counts a dropped update of the series with these labels. */
  drop(labels: readonly string[]): void
}

/** Where a series writes its updates: its own memory, or scratch memory when updates are dropped. */
export interface SeriesWriter extends SeriesLocation {
  /** Called after each dropped update. */
  readonly dropped?: () => void
}

export class SeriesByLabels<Series> {
  readonly #context: MetricContext
  readonly #make: (writer: SeriesWriter) => Series
  readonly #series = new Map<string, Series>()
  /** Memory for dropped updates; it is never read. */
  #scratch: Float64Array | undefined

  constructor(context: MetricContext, make: (writer: SeriesWriter) => Series) {
    this.#context = context
    this.#make = make
  }

  /** `given`: one value for each label, in the order of `labelNames`, or one object by name. */
  find(given: readonly (LabelValue | LabelValues)[]): Series {
    const [first] = given
    const isByName = given.length === 1 && typeof first === 'object' && first !== null
    return this.#of(isByName ? this.#byName(first) : this.#inOrder(given))
  }

  #of(labels: readonly string[]): Series {
    // JSON, because any separator could occur in a value.
    const key = labels.length === 1 ? labels[0]! : JSON.stringify(labels)
    const known = this.#series.get(key)
    if (known) return known
    const location = this.#context.allocate(labels)
    // Dropped series are not cached: unbounded labels must not use unbounded memory.
    if (!location) return this.#make({ ...this.#scratchLocation(), dropped: () => this.#context.drop(labels) })
    const series = this.#make(location)
    this.#series.set(key, series)
    return series
  }

  #scratchLocation(): SeriesLocation {
    this.#scratch ??= new Float64Array(seriesLength(this.#context.spec) + 1)
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
    if (typeof value === 'string') {
      if (value.length <= LONGEST_VALUE) return value
      throw this.#refusal(
        `a value of the label ${show(label)} may have ${LONGEST_VALUE} characters, got ${value.length}: use a short name instead`,
      )
    }
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
