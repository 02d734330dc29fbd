/**
 * Units of time and the conversions between them.
 *
 * The engine computes in whole microseconds on the monotonic clock ({@link Micros}). They are exact up to 2^53 µs (285
 * years), so `start + k * interval` neither drifts nor rounds. Wall time ({@link Millis} since the Unix epoch) serves cron,
 * windows, logs and leases. Users write {@link Seconds} or a duration string.
 *
 * The units are branded types without a value at run time: a plain number can be assigned to any unit, but a value of one
 * unit cannot be assigned to another.
 */
declare const unit: unique symbol

/** An instant on the monotonic clock, or a span, in whole microseconds. */
export type Micros = number & { readonly [unit]?: 'microseconds' }

/** An instant on the wall clock (since the Unix epoch), or a span, in milliseconds. */
export type Millis = number & { readonly [unit]?: 'milliseconds' }

/** A span in seconds, possibly fractional: the unit of all options that users write and of all metrics. */
export type Seconds = number & { readonly [unit]?: 'seconds' }

/** Rounds to the nearest whole microsecond. The engine rounds nowhere else. */
export function microsFromSeconds(seconds: Seconds): Micros {
  return Math.round(seconds * 1e6)
}

export function microsFromMillis(millis: Millis): Micros {
  return Math.round(millis * 1e3)
}

export function millisFromMicros(micros: Micros): Millis {
  return micros / 1e3
}

export function secondsFromMicros(micros: Micros): Seconds {
  return micros / 1e6
}

/** Converts an instant of the monotonic clock to wall time, given that both clocks read `now` and `wallNow` at this moment. */
export function wallTimeOf(instant: Micros, now: Micros, wallNow: Millis): Millis {
  return wallNow + (instant - now) / 1_000
}

const SPAN_UNITS = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1_000],
] as const

/** Formats a span as `100ms`, `1.5s`, `5m` or `250µs`: in the largest unit that needs at most two decimals. Nothing is rounded. */
export function formatSpan(span: Micros): string {
  const micros = span
  for (const [name, size] of SPAN_UNITS) {
    if (micros >= size && micros % (size / 100) === 0) return `${micros / size}${name}`
  }
  return micros >= 1_000_000 ? `${micros / 1_000_000}s` : micros >= 1_000 ? `${micros / 1_000}ms` : `${micros}µs`
}
