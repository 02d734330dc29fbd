/** Durations as users write them, to whole microseconds. */
import ms, { type StringValue } from 'ms'
import { show } from '../../kernel/suggest.js'
import { formatSpan, type Micros, microsFromMillis, microsFromSeconds, type Seconds } from '../../kernel/time.js'
import type { Parsed } from './parsed.js'

/**
 * A span of time: a number of **seconds** (fractions count: `0.1`), or text with a unit: `'100ms'`, `'5m'`, `'1.5h'`,
 * `'2 days'`. Text without a unit is refused, since nobody can tell what it means.
 */
export type DurationInput = Seconds | string

/** The bounds of a duration, both included. */
export interface SpanRange {
  readonly min: Micros
  readonly max: Micros
}

const MILLISECOND: Micros = 1_000

/** No option takes more. It is longer than a year with room to spare, and far below what the clock can count. */
export const LONGEST_SPAN: Micros = 400 * 86_400_000_000

export const ANY_SPAN: SpanRange = { min: 0, max: LONGEST_SPAN }

/** More than nothing. */
export const POSITIVE_SPAN: SpanRange = { min: 1, max: LONGEST_SPAN }

/** 1 ms to 400 days: what can be ticked to, and waited for. */
export const TICKABLE_SPAN: SpanRange = { min: MILLISECOND, max: LONGEST_SPAN }

const EXPECTED = 'a number of seconds or a duration such as "100ms", "5m" or "1.5h"'

export function parseDuration(input: unknown, range: SpanRange = ANY_SPAN): Parsed<Micros> {
  const micros =
    typeof input === 'number' ? microsFromSeconds(input) : typeof input === 'string' ? microsOf(input) : NaN
  if (!Number.isFinite(micros)) return { problem: `must be ${EXPECTED}, got ${show(input)}${unitHint(input)}` }
  if (micros >= range.min && micros <= range.max) return { value: micros }
  const given = typeof input === 'number' ? `${input} s` : show(input)
  return {
    problem: `must be from ${range.min === 0 ? '0' : formatSpan(range.min)} to ${formatSpan(range.max)}, got ${given}`,
  }
}

const BARE_NUMBER = /^\s*[+-]?\d*\.?\d*\s*$/

function microsOf(text: string): number {
  if (BARE_NUMBER.test(text)) return Number.NaN
  return microsFromMillis(ms(text.trim() as StringValue) ?? Number.NaN)
}

function unitHint(input: unknown): string {
  if (typeof input !== 'string' || !BARE_NUMBER.test(input) || input.trim() === '') return ''
  return `: it needs a unit ("${input.trim()}s"), or no quotes to mean seconds`
}
