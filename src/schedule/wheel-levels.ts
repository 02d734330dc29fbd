/**
 * The geometry of the timing wheel: which tick an instant belongs to, and which bucket of a level holds a tick.
 *
 * Everything follows from two inputs: the length of a tick, and the number of buckets of each level.
 */
import type { Micros } from '../kernel/time.js'
import { SUMMARY_SPAN } from './occupancy.js'

/** 1/16 ms: every whole millisecond is a whole number of ticks. */
const TICK: Micros = 62.5

/** Buckets of each level, finest first; powers of two. */
export const BUCKETS: readonly number[] = [4096, 1024, 1024]

/** The far level holds timers beyond the reach of those. Its four buckets: the current unit, the next two, one unused. */
const FAR_BUCKETS = 4

/**
 * 142 years. Up to here `instant / TICK` is never rounded across a whole number: a whole microsecond that is not a
 * multiple of the tick is at least 1/125 of a tick away from one, and the quotient is off by at most 1/128. (A product
 * with 1 / TICK would be off by more.)
 */
const LATEST: Micros = 2 ** 52

/** Whether the wheel can place an instant exactly: whole microseconds, at most 2^52. */
export function isInstant(value: Micros): boolean {
  return Number.isSafeInteger(value) && value <= LATEST
}

/** The first tick at or after an instant: a timer waits for this tick, so it never expires early. */
export function tickAfter(instant: Micros): number {
  return Math.ceil(instant / TICK)
}

/** The last tick at or before an instant: timers of this tick are due at the instant. */
export function tickBefore(instant: Micros): number {
  return Math.floor(instant / TICK)
}

/** The first whole microsecond at or after the start of a tick. */
export function instantOf(tick: number): Micros {
  return Math.ceil(tick * TICK)
}

/**
 * One level: buckets of equal width that are reused cyclically. Unit `u` is the ticks from `u * width` to
 * `(u + 1) * width - 1`; its timers are in bucket `u` modulo the number of buckets.
 */
export class WheelLevel {
  /** Its first bucket; buckets are numbered through all levels. */
  readonly base: number
  readonly buckets: number
  /** Ticks in one bucket. */
  readonly width: number
  readonly #mask: number
  /** Exact, because the width is a power of two. */
  readonly #unitsPerTick: number

  constructor(base: number, buckets: number, width: number) {
    this.base = base
    this.buckets = buckets
    this.width = width
    this.#mask = buckets - 1
    this.#unitsPerTick = 1 / width
  }

  unit(tick: number): number {
    return Math.floor(tick * this.#unitsPerTick)
  }

  /** `&` takes the low 32 bits of a number of any size, so no unit is too large. */
  bucket(unit: number): number {
    return this.base + (unit & this.#mask)
  }

  /** How many units after the one in bucket `from` the next one in `bucket` is. */
  distance(from: number, bucket: number): number {
    return (bucket - from) & this.#mask
  }
}

/** The levels, finest first. A bucket is half as wide as the finer level reaches; no two levels share a summary word. */
export function layLevels(buckets: readonly number[]): WheelLevel[] {
  let base = 0
  let width = 1
  return [...buckets, FAR_BUCKETS].map((count) => {
    const level = new WheelLevel(base, count, width)
    base += Math.ceil(count / SUMMARY_SPAN) * SUMMARY_SPAN
    width *= count / 2
    return level
  })
}
