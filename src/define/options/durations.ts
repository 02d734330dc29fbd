/** Durations as users write them, to whole microseconds. */
import ms, { type StringValue } from 'ms'
import { show } from '../../kernel/suggest.js'
import { formatSpan, type Micros, microsFromMillis, microsFromSeconds, type Seconds } from '../../kernel/time.js'
import type { Parsed } from './parsed.js'

/**
 * A span of time: a number of **seconds** (fractions count: `0.1`), or text with units: `'100ms'`, `'5m'`, `'1.5h'`,
 * `'2 days'`, `'1h30m'`. Several units stand in descending order, each once. Text without a unit is refused, since nobody
 * can tell what it means.
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

const EXPECTED = 'a number of seconds or a duration such as "100ms", "5m" or "1h30m"'

export function parseDuration(input: unknown, range: SpanRange = ANY_SPAN): Parsed<Micros> {
  const micros =
    typeof input === 'number' ? microsFromSeconds(input) : typeof input === 'string' ? microsOf(input) : NaN
  if (!Number.isFinite(micros)) return { problem: `must be ${EXPECTED}, got ${show(input)}${hint(input)}` }
  if (micros >= range.min && micros <= range.max) return { value: micros }
  const given = typeof input === 'number' ? `${input} s` : show(input)
  return {
    problem: `must be from ${range.min === 0 ? '0' : formatSpan(range.min)} to ${formatSpan(range.max)}, got ${given}`,
  }
}

const BARE_NUMBER = /^\s*[+-]?\d*\.?\d*\s*$/

/** A duration of several units; each part is a number and its unit. */
const COMPOUND = /^(?:\d*\.?\d+\s*[a-z]+\s*){2,}$/i
const PART = /\d*\.?\d+\s*[a-z]+/gi

function microsOf(text: string): number {
  if (BARE_NUMBER.test(text)) return Number.NaN
  const trimmed = text.trim()
  if (!COMPOUND.test(trimmed)) return microsFromMillis(ms(trimmed as StringValue) ?? Number.NaN)
  const parts = partsOf(trimmed)
  if (!isDescending(parts)) return Number.NaN
  return microsFromMillis(parts.reduce((sum, part) => sum + (ms(part as StringValue) ?? Number.NaN), 0))
}

function partsOf(text: string): readonly string[] {
  return text.match(PART) ?? []
}

/** Every unit is smaller than the one before it, so none comes twice. */
function isDescending(parts: readonly string[]): boolean {
  const units = parts.map(unitOf)
  return units.every((unit, index) => index === 0 || unit < units[index - 1]!)
}

/** What a duration means as a step from a date: days of the calendar, or a span. */
export type Step = { readonly days: number } | { readonly span: Micros }

const DAY_MS = 86_400_000

/** Days and weeks (`'14d'`, `'2w'`) are days of the calendar; every other unit, and a number of seconds, is a span of time. */
export function parseStep(input: unknown): Parsed<Step> {
  const parsed = parseDuration(input, TICKABLE_SPAN)
  if ('problem' in parsed) return parsed
  const span = parsed.value
  const units = typeof input === 'string' ? partsOf(input).map(unitOf) : []
  if (!units.some((unit) => unit >= DAY_MS)) return { value: { span } }
  const days = span / microsFromMillis(DAY_MS)
  if (Number.isInteger(days) && units.every((unit) => unit === DAY_MS || unit === 7 * DAY_MS))
    return { value: { days } }
  return {
    problem: `must be whole days or weeks of the calendar, or other units alone (such as "36h"), because of "from"; got ${show(input)}`,
  }
}

/** In milliseconds. */
function unitOf(part: string): number {
  return ms(`1${part.replace(/[\d.\s]+/, '')}` as StringValue) ?? Number.NaN
}

function hint(input: unknown): string {
  if (typeof input !== 'string' || input.trim() === '') return ''
  const text = input.trim()
  if (BARE_NUMBER.test(input)) return `: it needs a unit ("${text}s"), or no quotes to mean seconds`
  const parts = COMPOUND.test(text) ? partsOf(text) : []
  if (parts.length === 0 || parts.some((part) => ms(part as StringValue) === undefined) || isDescending(parts))
    return ''
  return ': write the units in descending order, each once'
}
