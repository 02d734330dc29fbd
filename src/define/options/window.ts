/** The `window` option: the days and times of day at which a timer ticks. */
import type { Window } from '../../kernel/definitions.js'
import { didYouMean, show } from '../../kernel/suggest.js'
import { WEEKDAYS, type Weekday } from '../../kernel/vocabulary.js'
import { parseDate } from './local-time.js'
import type { Parsed } from './parsed.js'
import { parsedBy, table } from './schema.js'
import { parseTimezone } from './timezone.js'

const MINUTES_A_DAY = 24 * 60

/** Reads days from text (`mon-fri`, `sat,sun`, `fri-mon`) or a list of such texts. Returns them in the order of the week, each once. */
export function parseDays(input: unknown): Parsed<readonly Weekday[]> {
  const text = Array.isArray(input) ? input.join(',') : input
  const parts = typeof text === 'string' ? text.toLowerCase().replace(/\s/g, '').split(',') : ['']
  const days = new Set<Weekday>()
  for (const part of parts) {
    const [first = '', last = first, ...rest] = part.split('-')
    if (!isWeekday(first) || !isWeekday(last) || rest.length > 0) {
      const wrong = [first, last].find((word) => !isWeekday(word))
      const hint = wrong === undefined ? '' : didYouMean(wrong, WEEKDAYS)
      return {
        problem: `must be days such as "mon-fri" or "sat,sun" (${WEEKDAYS.join(', ')}), got ${show(input)}${hint}`,
      }
    }
    for (const day of fromTo(first, last)) days.add(day)
  }
  return { value: WEEKDAYS.filter((day) => days.has(day)) }
}

/** Converts `HH:MM` to minutes since midnight. */
export function parseTimeOfDay(input: unknown): Parsed<number> {
  const [, hours, minutes] = typeof input === 'string' ? (/^([01]?\d|2[0-3]):([0-5]\d)$/.exec(input) ?? []) : []
  if (hours !== undefined) return { value: Number(hours) * 60 + Number(minutes) }
  return { problem: `must be a time such as "09:30", from "00:00" to "23:59", got ${show(input)}` }
}

/** As {@link parseTimeOfDay}; also accepts `24:00`, the end of the day. */
function parseEndOfDay(input: unknown): Parsed<number> {
  return input === '24:00' ? { value: MINUTES_A_DAY } : parseTimeOfDay(input)
}

/** Dates as a list, or a single one; ascending and without doubles. */
function parseDates(input: unknown): Parsed<readonly string[]> {
  const dates: string[] = []
  for (const item of Array.isArray(input) ? input : [input]) {
    const date = parseDate(item)
    if ('problem' in date) return { problem: date.problem.replace('must be a date', 'must be a list of dates') }
    dates.push(date.value)
  }
  return { value: [...new Set(dates)].sort() }
}

export const windowSchema = table({
  days: parsedBy(parseDays).optional(),
  from: parsedBy(parseTimeOfDay).optional(),
  to: parsedBy(parseEndOfDay).optional(),
  timezone: parsedBy(parseTimezone).optional(),
  except: parsedBy(parseDates).optional(),
}).transform(({ days = WEEKDAYS, from = 0, to = MINUTES_A_DAY, timezone, except = [] }, context): Window => {
  if (from === to) {
    const message = 'must differ from "to": leave both out to mean the whole day'
    context.issues.push({ code: 'custom', message, path: ['from'], input: from })
  }
  return {
    days,
    fromMinute: from,
    toMinute: to,
    ...(timezone !== undefined && { timezone }),
    ...(except.length > 0 && { except }),
  }
})

function isWeekday(text: string): text is Weekday {
  return (WEEKDAYS as readonly string[]).includes(text)
}

/** The days from `first` to `last`, both inclusive; the range may pass the end of the week. */
function fromTo(first: Weekday, last: Weekday): Weekday[] {
  const start = WEEKDAYS.indexOf(first)
  const length = ((WEEKDAYS.indexOf(last) - start + 7) % 7) + 1
  return Array.from({ length }, (_, offset) => WEEKDAYS[(start + offset) % 7]!)
}
