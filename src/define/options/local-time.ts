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

const DATE_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?)?$/

/** A date, or a date and a time of day, from 1970 to 2199; as `2026-01-05T09:00:00`. */
export function parseLocalTime(input: unknown): Parsed<string> {
  const expected = 'must be a date and time such as "2026-01-05T09:00"'
  const text = typeof input === 'string' ? input.trim() : ''
  const [, date, time = '00:00', seconds = ':00'] = DATE_TIME.exec(text) ?? []
  if (date === undefined) {
    const hasOffset = /\d(Z|[+-]\d\d:?\d\d)$/i.test(text) && /[T ]\d/.test(text)
    const reason = hasOffset ? ': write it without an offset, and give "timezone"' : ''
    return { problem: `${expected}, got ${show(input)}${reason}` }
  }
  const local = `${date}T${time}${seconds}`
  if (new Date(`${local}Z`).toJSON()?.slice(0, 19) !== local) {
    return { problem: `${expected}, got ${show(input)}: the calendar has no such day, or the day no such time` }
  }
  if (local < '1970' || local >= '2200') return { problem: `${expected}, from 1970 to 2199, got ${show(input)}` }
  return { value: local }
}
