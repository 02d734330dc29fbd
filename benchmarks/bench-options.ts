/** What `npm run bench` was asked for. */
export interface BenchOptions {
  /** A rough answer in seconds: fewer sizes and rounds. */
  readonly quick: boolean
  /** How long to measure, where that can be chosen. */
  readonly seconds?: number
  /** A built checkout that this one is compared with, for the benchmark `against`. */
  readonly base?: string
  /** How many times each side is measured, where sides take turns. */
  readonly blocks?: number
}
