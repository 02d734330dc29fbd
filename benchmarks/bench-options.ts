/** The options of `npm run bench`. */
export interface BenchOptions {
  /** Measure only for seconds, with fewer sizes and rounds. */
  readonly quick: boolean
  /** Duration of the measurement, for benchmarks that let it be chosen. */
  readonly seconds?: number
  /** A built checkout that this one is compared with, for the benchmark `against`. */
  readonly base?: string
  /** How many times each side is measured, where sides take turns. */
  readonly blocks?: number
  /** How long a program runs before it is measured, for the benchmark `lateness`. V8 compiles what runs often in this time. */
  readonly warmUpSeconds?: number
  /** Only the cases whose names contain this text, for benchmarks with several cases. */
  readonly only?: string
  /** Measure nothing, and write the page again, for the benchmark `compare`. */
  readonly pageOnly?: boolean
}
