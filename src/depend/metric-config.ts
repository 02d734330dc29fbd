/** Checks the declaration of a metric by a service. The options have prom-client's names. */
import { UsageError } from '../kernel/errors.js'
import type { UserMetricSpec } from '../kernel/metric-message.js'
import { didYouMean, show } from '../kernel/suggest.js'

export interface MetricConfig<Label extends string = string> {
  /** A Prometheus name: letters, digits, `_` and `:`. Names with the prefix `escapement_` are reserved. */
  readonly name: string
  /** A sentence that says what is measured. */
  readonly help: string
  /** Names of the labels. Every update must give a value for each. Default: none. */
  readonly labelNames?: readonly Label[]
}

export type CounterConfig<Label extends string = string> = MetricConfig<Label>

export interface GaugeConfig<Label extends string = string> extends MetricConfig<Label> {
  /**
   * How the values of several threads are combined. Default: `sum`. A thread's value counts from the creation of the
   * series, at 0, until the thread ends.
   */
  readonly aggregate?: 'sum' | 'min' | 'max'
}

export interface HistogramConfig<Label extends string = string> extends MetricConfig<Label> {
  /** Upper bounds, ascending, without the last bound, which is +Inf. Default: prom-client's, 0.005 to 10. */
  readonly buckets?: readonly number[]
}

type Type = UserMetricSpec['type']
type Given = MetricConfig & Pick<GaugeConfig, 'aggregate'> & Pick<HistogramConfig, 'buckets'>

const COMMON = ['name', 'help', 'labelNames']
const KEYS: Record<Type, readonly string[]> = {
  counter: COMMON,
  gauge: [...COMMON, 'aggregate'],
  histogram: [...COMMON, 'buckets'],
}
const AGGREGATES = ['sum', 'min', 'max']
const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** @throws UsageError that says what was given and what was expected. */
export function readMetricConfig(type: Type, given: Given): UserMetricSpec {
  if (typeof given !== 'object' || given === null) {
    throw refusal(`a ${type} is declared with { name, help, ... }, got ${show(given)}`)
  }
  const { name, help, labelNames = [], aggregate = 'sum', buckets = DEFAULT_BUCKETS } = given
  checkName(type, name)
  const refuse = (problem: string) => refusal(`${type} ${name}: ${problem}`)

  const unknown = Object.keys(given).find((key) => !KEYS[type].includes(key))
  if (unknown !== undefined) {
    const known = KEYS[type].join(', ')
    throw refuse(`${unknown} is not known${didYouMean(unknown, KEYS[type])} (known: ${known})`)
  }
  if (typeof help !== 'string' || help.trim() === '') {
    throw refuse(`help must be a sentence that says what is measured, got ${show(help)}`)
  }
  if (!Array.isArray(labelNames)) throw refuse(`labelNames must be an array of names, got ${show(labelNames)}`)
  for (const label of labelNames) checkLabelName(type, label, refuse)
  const duplicate = labelNames.find((label, index) => labelNames.indexOf(label) !== index)
  if (duplicate !== undefined) throw refuse(`labelNames has ${show(duplicate)} twice`)

  const spec = { name, help, type, labelNames: [...labelNames] }
  if (type === 'histogram') return { ...spec, buckets: checkedBuckets(buckets, refuse) }
  if (type === 'counter') return spec
  if (!AGGREGATES.includes(aggregate)) {
    throw refuse(`aggregate must be "sum", "min" or "max", got ${show(aggregate)}${suggested(aggregate)}`)
  }
  return { ...spec, aggregate }
}

function checkName(type: Type, name: unknown): void {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw refusal(
      `the name of a ${type} must consist of letters, digits, _ and : and must not begin with a digit, got ${show(name)}`,
    )
  }
  if (name.startsWith('escapement_')) {
    throw refusal(`${type} ${name}: names that begin with escapement_ are reserved, choose another name`)
  }
}

function checkLabelName(type: Type, label: unknown, refuse: (problem: string) => UsageError): void {
  if (typeof label !== 'string' || !LABEL.test(label) || label.startsWith('__')) {
    throw refuse(
      `the name of a label must consist of letters, digits and _ and must not begin with a digit or with __, got ${show(label)}`,
    )
  }
  if (type === 'histogram' && label === 'le')
    throw refuse('the label "le" is reserved for the buckets of a histogram, choose another name')
}

function checkedBuckets(buckets: unknown, refuse: (problem: string) => UsageError): readonly number[] {
  if (!Array.isArray(buckets) || !buckets.every(Number.isFinite)) {
    throw refuse(`buckets must be an array of finite numbers (+Inf is added automatically), got ${show(buckets)}`)
  }
  const at = buckets.findIndex((bound, index) => index > 0 && bound <= buckets[index - 1])
  if (at > 0) throw refuse(`buckets must ascend, but ${buckets[at]} comes after ${buckets[at - 1]}`)
  return [...buckets]
}

function suggested(aggregate: unknown): string {
  return typeof aggregate === 'string' ? didYouMean(aggregate, AGGREGATES) : ''
}

/** The first difference between two declarations of a metric; undefined when they are equal. */
export function difference(existing: UserMetricSpec, repeated: UserMetricSpec): string | undefined {
  for (const key of ['type', 'labelNames', 'buckets', 'aggregate', 'help'] as const) {
    if (JSON.stringify(existing[key]) !== JSON.stringify(repeated[key])) {
      return `${key} ${show(existing[key])}, now with ${show(repeated[key])}`
    }
  }
  return undefined
}

function refusal(problem: string): UsageError {
  return new UsageError('ERR_METRIC_CONFIG', problem)
}
