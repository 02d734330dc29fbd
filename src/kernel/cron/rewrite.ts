/**
 * Turns a cron expression into patterns that croner understands; the occurrences of the expression are those of all
 * patterns together.
 *
 * croner (11) refuses ranges that go past the end (`22-2`, `FRI-MON`), steps from a value (`5/10`) and days counted from the
 * end of the month (`L-3`). The first two are written out. `L-3` is a different day in months of 31, 30, 29 and 28 days, so
 * it becomes one pattern for each length of month.
 */
import { show } from '../suggest.js'
import { type CronField, DAY, HOUR, MINUTE, MONTH, SECOND, WEEKDAY, YEAR } from './fields.js'
import { type CronItem, parseField, rangeValues, valuesOf } from './parse-field.js'

export interface CronPatternPart {
  /** Seven fields. */
  readonly pattern: string
  /** Which years count; `any` except for the end of February. */
  readonly years: 'any' | 'leap' | 'common'
}

export type Rewritten =
  | {
      readonly parts: readonly CronPatternPart[]
      /** No `*`, `?` or step in its seconds, minutes and hours (Debian cron's rule). */
      readonly isFixedTime: boolean
    }
  /** One sentence, without the expression. */
  | { readonly problem: string }

const NICKNAMES: Readonly<Record<string, string>> = {
  '@YEARLY': '0 0 1 1 *',
  '@ANNUALLY': '0 0 1 1 *',
  '@MONTHLY': '0 0 1 * *',
  '@WEEKLY': '0 0 * * 0',
  '@DAILY': '0 0 * * *',
  '@MIDNIGHT': '0 0 * * *',
  '@HOURLY': '0 * * * *',
}

const FIELDS = [SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR] as const

export function rewrite(expression: string): Rewritten {
  const written = expression.trim()
  if (written.startsWith('@') && !Object.hasOwn(NICKNAMES, written.toUpperCase())) {
    const known = Object.keys(NICKNAMES).map((name) => name.toLowerCase())
    return {
      problem: `there is no nickname ${show(written)} (there is ${known.join(', ')}, and @every with a duration)`,
    }
  }
  const texts = (NICKNAMES[written.toUpperCase()] ?? written).split(/\s+/)
  if (written === '' || texts.length < 5 || texts.length > 7) {
    const count = written === '' ? 0 : texts.length
    return { problem: `it has ${count} field${count === 1 ? '' : 's'}` }
  }
  if (texts.length === 5) texts.unshift('0')
  if (texts.length === 6) texts.push('*')
  // A plus before the weekday asks for days that match both day and weekday.
  const needsBoth = texts[5]!.startsWith('+')
  if (needsBoth) texts[5] = texts[5]!.slice(1)
  const fields: (readonly CronItem[])[] = []
  for (const [index, text] of texts.entries()) {
    const parsed = parseField(text, FIELDS[index]!)
    if ('problem' in parsed) return parsed
    fields.push(parsed.items)
  }
  return { parts: partsOf(fields, needsBoth), isFixedTime: fields.slice(0, 3).every((items) => items.every(isFixed)) }
}

function isFixed(item: CronItem): boolean {
  return item.kind === 'range' && !item.hasStep
}

function partsOf(fields: readonly (readonly CronItem[])[], needsBoth: boolean): CronPatternPart[] {
  const [second, minute, hour, days, months, weekdays, years] = fields.map((items, index) =>
    textOf(items, FIELDS[index]!),
  ) as [string, string, string, string, string, string, string]
  const weekday = needsBoth ? `+${weekdays}` : weekdays
  const pattern = (day: string, month: string, ofWeek: string) =>
    [second, minute, hour, day, month, ofWeek, years].join(' ')
  const beforeLast = fields[3]!.flatMap((item) => (item.kind === 'before_last' ? [item.days] : []))
  if (beforeLast.length === 0) return [{ pattern: pattern(days, months, weekday), years: 'any' }]
  const parts: CronPatternPart[] = []
  const hasOtherDays = beforeLast.length < fields[3]!.length
  // Day and weekday are alternatives: without other days, the weekdays stand alone.
  const hasWeekdays = !fields[5]!.some((item) => item.kind === 'every' && item.step === 1)
  if (hasOtherDays) parts.push({ pattern: pattern(days, months, weekday), years: 'any' })
  else if (hasWeekdays && !needsBoth) parts.push({ pattern: pattern('*', months, weekdays), years: 'any' })
  const monthsMeant = valuesOf(fields[4]!, MONTH)
  for (const { length, of, years } of MONTH_LENGTHS) {
    const month = monthsMeant.filter((value) => of.some((number) => number === value)).join(',')
    const day = [...new Set(beforeLast)].filter((days) => days < length).map((days) => length - days)
    if (month === '' || day.length === 0) continue
    parts.push({ pattern: pattern(day.join(','), month, needsBoth ? weekday : '*'), years })
  }
  return parts
}

const MONTH_LENGTHS = [
  { length: 31, of: [1, 3, 5, 7, 8, 10, 12], years: 'any' },
  { length: 30, of: [4, 6, 9, 11], years: 'any' },
  { length: 29, of: [2], years: 'leap' },
  { length: 28, of: [2], years: 'common' },
] as const

/** A field as croner reads it, without the days before the last. */
function textOf(items: readonly CronItem[], field: CronField): string {
  return items.flatMap((item) => itemText(item, field)).join(',')
}

function itemText(item: CronItem, field: CronField): string[] {
  switch (item.kind) {
    case 'every':
      return [item.step === 1 ? '*' : `*/${item.step}`]
    case 'special':
      return [item.text]
    case 'before_last':
      return []
    case 'range': {
      const { from, to, step } = item
      if (from === to) return [String(from)]
      if (from < to) return [step === 1 ? `${from}-${to}` : `${from}-${to}/${step}`]
      return rangeValues(item, field.min, field.max).map(String)
    }
  }
}
