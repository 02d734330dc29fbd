/** The counts of a timer in a plain object, on one thread: the baseline of the benchmark `counters`. */
import { DURATION_BOUNDS, LATENESS_BOUNDS } from '../../dist/src/counters/histogram-bounds.js'
import { OUTCOMES, type Outcome, SKIP_REASONS, type SkipReason } from '../../dist/src/kernel/vocabulary.js'

class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = [...bounds, Number.POSITIVE_INFINITY]
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    let bucket = 0
    while (value > this.#bounds[bucket]!) bucket++
    this.#counts[bucket]! += 1
    this.sum += value
  }
}

export class PlainCounts {
  due = 0
  active = 0
  readonly skipped = Object.fromEntries(SKIP_REASONS.map((reason) => [reason, 0])) as Record<SkipReason, number>
  readonly runs = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>
  readonly lateness = new Histogram(LATENESS_BOUNDS)
  readonly duration = new Histogram(DURATION_BOUNDS)

  arrive(): void {
    this.due += 1
  }

  dispatch(): void {
    this.active++
  }

  end(outcome: Outcome, lateness: number, duration: number): void {
    this.active--
    this.runs[outcome]++
    this.lateness.observe(lateness)
    this.duration.observe(duration)
  }
}
