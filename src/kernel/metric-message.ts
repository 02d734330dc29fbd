/**
 * How a thread tells the main thread of the metrics its services keep.
 *
 * The values themselves are never sent: they stand in memory that both sides share, in numbers of 8 bytes. So an update
 * costs a store, a scrape waits for no thread, and what a killed thread had counted is still there.
 *
 *   counter, gauge   1 number
 *   histogram        how many observations fell into each bucket alone, +Inf last; then their sum. How many there are in
 *                    all is the sum of the buckets, so a scrape in the middle of an update sees no contradiction
 */
export interface UserMetricSpec {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labelNames: readonly string[]
  /** Upper bounds of a histogram's buckets, ascending, without the last one (+Inf). */
  readonly buckets?: readonly number[]
  /** How the values of several threads become one: gauges only, default `sum`. */
  readonly aggregate?: 'sum' | 'min' | 'max'
}

/** How many numbers of memory one series of a metric takes. */
export function seriesLength({ type, buckets = [] }: UserMetricSpec): number {
  return type === 'histogram' ? buckets.length + 2 : 1
}

/** Number 0 of the first chunk of a thread: how many updates were dropped because it has as many series as it may have. */
export const DROPPED = 0

export type MetricMessage =
  /** Memory for values, numbered from 0 in the order in which chunks are told of. */
  | { readonly kind: 'chunk'; readonly memory: SharedArrayBuffer }
  /** A metric, numbered from 0 in the order in which metrics are told of. */
  | { readonly kind: 'metric'; readonly spec: UserMetricSpec }
  /** The values of a metric under one set of labels begin at `offset` (in numbers) of a chunk. */
  | {
      readonly kind: 'series'
      readonly metric: number
      /** In the order of the metric's `labelNames`. */
      readonly labels: readonly string[]
      readonly chunk: number
      readonly offset: number
    }
