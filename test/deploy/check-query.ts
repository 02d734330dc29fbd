/** What is wrong with the metrics and labels of a query, compared with the metric table. */
import { METRICS, type MetricSpec } from '../../src/observe/metric-table.js'
import { type Matcher, readQuery, type Selector } from './promql.js'

const SPECS: ReadonlyMap<string, MetricSpec> = new Map(Object.values(METRICS).map((spec) => [spec.name, spec]))

/** Labels of every scraped series. */
const SCRAPED = ['job', 'instance']
/** Metrics that are not of the engine: of Prometheus, and of the process. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  up: [],
  process_start_time_seconds: [],
  process_cpu_seconds_total: [],
  process_resident_memory_bytes: [],
  nodejs_heap_size_used_bytes: [],
  ALERTS: ['alertname', 'alertstate', 'severity', 'service', 'method'],
}

/** One sentence for each problem. */
export function problemsOf(expression: string): string[] {
  const { selectors, grouping, made } = readQuery(expression)
  if (selectors.length === 0) return [`${expression}: names no metric`]
  const known = selectors.flatMap(({ metric }) => labelsOf(metric) ?? [])
  return [
    ...selectors.flatMap(problemsOfSelector),
    ...grouping
      .filter((label) => ![...SCRAPED, ...made, ...known].includes(label))
      .map((label) => `${expression}: groups by ${label}, which none of its metrics has`),
  ]
}

function problemsOfSelector({ metric, matchers }: Selector): string[] {
  const labels = labelsOf(metric)
  if (!labels) return [`there is no metric ${metric}`]
  return matchers.flatMap((matcher) => problemsOfMatcher(metric, labels, matcher))
}

function problemsOfMatcher(metric: string, labels: readonly string[], { label, operator, value }: Matcher): string[] {
  if (SCRAPED.includes(label)) return []
  if (!labels.includes(label)) return [`${metric} has no label ${label}`]
  const values = specOf(metric)?.labels[label]
  if (values === undefined || values === 'any' || value.startsWith('$')) return []
  const wanted = operator.endsWith('~') ? value.split('|') : [value]
  return wanted.filter((one) => !values.includes(one)).map((one) => `${metric}: ${label} is never ${one}`)
}

/** Undefined when there is no such metric. */
function labelsOf(metric: string): readonly string[] | undefined {
  const spec = specOf(metric)
  if (!spec) return OTHERS[metric]
  return spec.type === 'histogram' ? [...Object.keys(spec.labels), 'le'] : Object.keys(spec.labels)
}

/** A histogram's series end with _bucket, _sum or _count; its own name has none. */
function specOf(metric: string): MetricSpec | undefined {
  const histogram = SPECS.get(metric.replace(/_(bucket|sum|count)$/, ''))
  if (histogram?.type === 'histogram') return histogram.name === metric ? undefined : histogram
  return SPECS.get(metric)
}
