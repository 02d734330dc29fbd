/**
 * Units of time, and the few conversions between them.
 *
 * Everything the engine decides by is an integer number of microseconds on the monotonic clock ({@link Micros}):
 * exact to 2^53 µs (285 years), so `start + k * interval` never drifts and never rounds. Wall time ({@link Millis}
 * since the Unix epoch) is for cron, windows, logs and leases. Users write {@link Seconds} or a duration string.
 *
 * The brands are phantom: a plain number may become any unit, but one unit never silently becomes another.
 */
declare const unit: unique symbol

/** An instant on the monotonic clock, or a span, in whole microseconds. */
export type Micros = number & { readonly [unit]?: 'microseconds' }

/** An instant on the wall clock (since the Unix epoch), or a span, in milliseconds. */
export type Millis = number & { readonly [unit]?: 'milliseconds' }

/** A span in seconds, possibly fractional: the unit of every option a user writes and of every metric. */
export type Seconds = number & { readonly [unit]?: 'seconds' }

/** The nearest whole microsecond: the one rounding rule of the engine. */
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

const SPAN_UNITS = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1_000],
] as const

/** A span as a person would write it: `100ms`, `1.5s`, `5m`, `250µs`. The largest unit that needs no more than two decimals. */
export function formatSpan(span: Micros): string {
  const micros = span
  for (const [name, size] of SPAN_UNITS) {
    const value = micros / size
    if (value >= 1 && Number.isInteger(Math.round(value * 1e6) / 1e4)) return `${Math.round(value * 100) / 100}${name}`
  }
  return micros >= 1_000_000 ? `${micros / 1_000_000}s` : micros >= 1_000 ? `${micros / 1_000}ms` : `${micros}µs`
}
