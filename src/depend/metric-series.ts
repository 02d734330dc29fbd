/**
 * One series of a metric, in shared memory. Keep a reference to a series that is updated often: then an update is a single
 * memory store. Only the thread that created a series writes to it, so an update needs no atomic operation.
 */
import { type Clock, systemClock } from '../kernel/clock.js'
import { UsageError } from '../kernel/errors.js'
import type { UserMetricSpec } from '../kernel/metric-message.js'
import { show } from '../kernel/suggest.js'
import { type Seconds, secondsFromMicros } from '../kernel/time.js'
import type { SeriesWriter } from './metric-labels.js'

let clock: Pick<Clock, 'now' | 'wallNow'> | undefined

function sharedClock() {
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

  /** Sets the gauge to the current Unix time in seconds. */
  setToCurrentTime(): void {
    this.set(sharedClock().wallNow() / 1_000)
  }

  /** Starts a timer. The returned function sets the gauge to the elapsed seconds and returns them. */
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

  /** Starts a timer. The returned function observes the elapsed seconds and returns them. */
  startTimer(): () => Seconds {
    const elapsed = stopwatch()
    return () => {
      const seconds = elapsed()
      this.observe(seconds)
      return seconds
    }
  }
}

/** Starts measuring. The returned function returns the elapsed time. */
export function stopwatch(): () => Seconds {
  const { now } = sharedClock()
  const startedAt = now()
  return () => secondsFromMicros(now() - startedAt)
}
