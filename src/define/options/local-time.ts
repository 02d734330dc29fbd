/** Dates and times of day without a time zone, as users write them. */
import { show } from '../../kernel/suggest.js'
import type { Parsed } from './parsed.js'

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/

/** A date of the calendar, as `2026-12-25`. */
export function parseDate(input: unknown): Parsed<string> {
  const text = typeof input === 'string' ? input.trim() : ''
  if (isDate(text)) return { value: text }
  const reason = DATE.test(text) ? ': the calendar has no such day' : ''
  return { problem: `must be a date such as "2026-12-25", got ${show(input)}${reason}` }
}

function isDate(text: string): boolean {
  return DATE.test(text) && new Date(`${text}T00:00Z`).toJSON()?.slice(0, 10) === text
}
