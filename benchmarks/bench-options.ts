/** What `npm run bench` was asked for. */
export interface BenchOptions {
  /** A rough answer in seconds: fewer sizes and rounds. */
  readonly quick: boolean
  /** How long to measure, where that can be chosen. */
  readonly seconds?: number
}
