/** What the admin thread shows of the main thread's heap, event loop and garbage collector: plain data. */

/** `[type, how many]`, such as `['Timeout', 3]`. */
export type CountsByType = readonly (readonly [type: string, count: number])[]

export interface HeapSpace {
  readonly space: string
  readonly total: number
  readonly used: number
  readonly available: number
}

export interface MainSample {
  /** Unit: bytes, as are all sizes. */
  readonly heapTotal: number
  readonly heapUsed: number
  readonly external: number
  readonly spaces: readonly HeapSpace[]
  readonly resources: CountsByType
  /** For each kind of garbage collection how often it took how long: see {@link GC_BUCKETS}; the last is the sum of all durations. */
  readonly collections: readonly (readonly [kind: string, numbers: readonly number[]])[]
}

/** Upper bounds of the histogram of collections, as prom-client has them. One more number counts those above. Unit: seconds. */
export const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5] as const
