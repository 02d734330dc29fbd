/**
 * One series of a metric, in shared memory. Keep a reference to a series that is updated often: then an update is a single
 * memory store. Only the thread that created a series writes to it, so an update needs no atomic operation.
 */
import { type Clock, systemClock } from '../kernel/clock.js'
import { UsageError } from '../kernel/errors.js'
import { seriesLength, type UserMetricSpec } from '../kernel/metric-message.js'
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
  readonly #updatesAt: number
  readonly #dropped: (() => void) | undefined

  constructor(spec: UserMetricSpec, { numbers, offset, dropped }: SeriesWriter) {
    this.spec = spec
    this.numbers = numbers
    this.offset = offset
    this.#updatesAt = offset + seriesLength(spec)
    this.#dropped = dropped
  }

  protected written(): void {
    this.numbers[this.#updatesAt]! += 1
    this.#dropped?.()
  }
}

function refusal({ type, name }: UserMetricSpec, expected: string, given: unknown): UsageError {
  return new UsageError('ERR_METRIC_VALUE', `${type} ${name}: expected ${expected}, got ${show(given)}`)
}

/** The value of an update of a counter. Throws before anything is changed, as the other checks do. */
export function checkedIncrement(spec: UserMetricSpec, value = 1): number {
  if (Number.isFinite(value) && value >= 0) return value
  throw refusal(spec, 'a number that is not negative', value)
}

/** What a gauge rises or falls by. */
export function checkedStep(spec: UserMetricSpec, value = 1): number {
  if (Number.isFinite(value)) return value
  throw refusal(spec, 'a finite number', value)
}

/** The value of a gauge, which may be NaN or infinite. */
export function checkedValue(spec: UserMetricSpec, value: unknown): number {
  if (typeof value === 'number') return value
  throw refusal(spec, 'a number', value)
}

/** A value that a histogram observes. */
export function checkedObservation(spec: UserMetricSpec, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw refusal(spec, 'a finite number', value)
}

export class CounterSeries extends Series {
  /** `value`: not negative; default 1. */
  inc(value?: number): void {
    this.numbers[this.offset]! += checkedIncrement(this.spec, value)
    this.written()
  }
}

export class GaugeSeries extends Series {
  set(value: number): void {
    this.numbers[this.offset] = checkedValue(this.spec, value)
    this.written()
  }

  inc(value?: number): void {
    this.set(this.numbers[this.offset]! + checkedStep(this.spec, value))
  }

  dec(value?: number): void {
    this.set(this.numbers[this.offset]! - checkedStep(this.spec, value))
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
}

export class HistogramSeries extends Series {
  observe(value: number): void {
    checkedObservation(this.spec, value)
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
