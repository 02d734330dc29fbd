/**
 * One series of a metric, on shared memory. Hold on to it where updates are frequent: each is a store into memory.
 *
 * Only the thread that has a series writes to it, so an update needs no atomic operation.
 */
import { type Clock, systemClock } from '../kernel/clock.js'
import { UsageError } from '../kernel/errors.js'
import type { UserMetricSpec } from '../kernel/metric-message.js'
import { show } from '../kernel/suggest.js'
import { type Seconds, secondsFromMicros } from '../kernel/time.js'
import type { SeriesWriter } from './metric-labels.js'

let clock: Pick<Clock, 'now' | 'wallNow'> | undefined

function theClock() {
  clock ??= systemClock()
  return clock
}

export abstract class Series {
  protected readonly spec: UserMetricSpec
  protected readonly numbers: Float64Array
  protected readonly offset: number
  readonly #dropped: (() => void) | undefined

  constructor(spec: UserMetricSpec, { numbers, offset, dropped }: SeriesWriter) {
    this.spec = spec
    this.numbers = numbers
    this.offset = offset
    this.#dropped = dropped
  }

  protected written(): void {
    this.#dropped?.()
  }

  protected refusal(expected: string, given: unknown): UsageError {
    const { type, name } = this.spec
    return new UsageError('ERR_METRIC_VALUE', `${type} ${name}: expected ${expected}, got ${show(given)}`)
  }
}

export class CounterSeries extends Series {
  /** `value`: not negative; default 1. */
  inc(value = 1): void {
    if (!Number.isFinite(value) || value < 0) throw this.refusal('a number that is not negative', value)
    this.numbers[this.offset]! += value
    this.written()
  }
}

export class GaugeSeries extends Series {
  set(value: number): void {
    if (typeof value !== 'number') throw this.refusal('a number', value)
    this.numbers[this.offset] = value
    this.written()
  }

  inc(value = 1): void {
    this.set(this.numbers[this.offset]! + this.#finite(value))
  }

  dec(value = 1): void {
    this.set(this.numbers[this.offset]! - this.#finite(value))
  }

  /** Unix time in seconds. */
  setToCurrentTime(): void {
    this.set(theClock().wallNow() / 1_000)
  }

  /** The result sets the gauge to the seconds that have passed, and returns them. */
  startTimer(): () => Seconds {
    const elapsed = stopwatch()
    return () => {
      const seconds = elapsed()
      this.set(seconds)
      return seconds
    }
  }

  #finite(value: number): number {
    if (!Number.isFinite(value)) throw this.refusal('a finite number', value)
    return value
  }
}

export class HistogramSeries extends Series {
  observe(value: number): void {
    if (!Number.isFinite(value)) throw this.refusal('a finite number', value)
    const bounds = this.spec.buckets!
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++
    this.numbers[this.offset + bucket]! += 1
    this.numbers[this.offset + bounds.length + 1]! += value
    this.written()
  }

  /** The result observes the seconds that have passed, and returns them. */
  startTimer(): () => Seconds {
    const elapsed = stopwatch()
    return () => {
      const seconds = elapsed()
      this.observe(seconds)
      return seconds
    }
  }
}

/** The result tells how long ago this was called. */
export function stopwatch(): () => Seconds {
  const { now } = theClock()
  const startedAt = now()
  return () => secondsFromMicros(now() - startedAt)
}
