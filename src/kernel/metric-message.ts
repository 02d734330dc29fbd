/**
 * The messages with which a worker thread registers the metrics of its services on the main thread.
 *
 * No message carries a value: the values stand in shared memory, as numbers of 8 bytes. So an update is one store, a scrape
 * waits for no thread, and the counts of a killed thread are not lost.
 *
 *   counter, gauge   1 number
 *   histogram        the number of observations in each bucket (not cumulative, +Inf last), then their sum. The total count
 *                    is the sum of the buckets, so a scrape during an update never sees two counts that disagree
 *
 * One more number follows the values of each series: how often it was updated. It says how many updates are lost when the main
 * thread cannot export the series.
 */
export interface UserMetricSpec {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labelNames: readonly string[]
  /** Upper bounds of a histogram's buckets in ascending order, without +Inf. */
  readonly buckets?: readonly number[]
  /** How the values of several threads are combined; for gauges only. Default: `sum`. */
  readonly aggregate?: 'sum' | 'min' | 'max'
}

/** How many values one series of a metric has in memory. The number of its updates comes after them. */
export function seriesLength({ type, buckets = [] }: UserMetricSpec): number {
  return type === 'histogram' ? buckets.length + 2 : 1
}

/** Position 0 of a thread's first chunk counts the updates that were dropped because the thread had reached its series limit. */
export const DROPPED = 0

export type MetricMessage =
  /** Memory for values. Chunks are numbered from 0 in the order of these messages. */
  | { readonly kind: 'chunk'; readonly memory: SharedArrayBuffer }
  /** A metric. Metrics are numbered from 0 in the order of these messages. */
  | { readonly kind: 'metric'; readonly service: string; readonly spec: UserMetricSpec }
  /** One series: the values of `metric` for these labels begin at `offset` (counted in numbers) of `chunk`. */
  | {
      readonly kind: 'series'
      readonly metric: number
      /** In the order of the metric's `labelNames`. */
      readonly labels: readonly string[]
      readonly chunk: number
      readonly offset: number
    }
