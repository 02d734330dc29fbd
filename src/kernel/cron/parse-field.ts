// Reads one field of a cron expression, item by item, so that a message can name the number that the user wrote.
//
//     *  ?          every value                 */n         every n-th value from the smallest
//     a             one value                   a/n         every n-th value from a to the largest
//     a-b           from a to b; past the end   a-b/n       every n-th of those
//                   it goes on at the start
//     day:          L  last day    L-n  n days before it    aW  weekday nearest to a    LW  last weekday
//     weekday:      a#n  n-th of the month    a#L, aL  last of the month
import { didYouMean, show } from '../suggest.js'
import { type CronField, DAY, WEEKDAY, YEAR } from './fields.js'

export type CronItem =
  | { readonly kind: 'every'; readonly step: number }
  /** Ascending from `from`; `from > to` goes on at the smallest value. */
  | {
      readonly kind: 'range'
      readonly from: number
      readonly to: number
      readonly step: number
      readonly hasStep: boolean
    }
  /** So many days before the last day of the month, at least 1. */
  | { readonly kind: 'before_last'; readonly days: number }
  /** What croner reads by itself: `L`, `15W`, `LW`, `5#3`, `5#L`, `5L`. */
  | { readonly kind: 'special'; readonly text: string }

export type ParsedField =
  | { readonly items: readonly CronItem[] }
  /** A sentence without the expression. */
  | { readonly problem: string }

type ParsedItem = { readonly item: CronItem } | { readonly problem: string }

export function parseField(text: string, field: CronField): ParsedField {
  const parsed = text.split(',').map((item) => parseItem(item.toUpperCase(), item, field))
  const bad = parsed.find((item) => 'problem' in item)
  return bad ?? { items: parsed.flatMap((item) => ('item' in item ? [item.item] : [])) }
}

const STEPPED = /^(.+)\/(.*)$/
const RANGE = /^([A-Z0-9]+)-([A-Z0-9]+)$/

function parseItem(text: string, written: string, field: CronField): ParsedItem {
  if (text === '') return { problem: `the ${field.name} has an empty item: there is a comma too many` }
  const special = parseSpecial(text, field)
  if (special) return special
  const [base, stepText] = STEPPED.exec(text)?.slice(1) ?? [text, undefined]
  const step = stepText === undefined ? 1 : Number(stepText)
  if (stepText !== undefined && !(/^\d+$/.test(stepText) && step > 0)) {
    return { problem: `the step of the ${field.name} must be a whole number above 0, got ${show(written)}` }
  }
  if (base === '*' || base === '?') return { item: { kind: 'every', step } }
  const [fromText, toText] = RANGE.exec(base!)?.slice(1) ?? [base!, undefined]
  const from = numberOf(fromText!, written, field)
  if ('problem' in from) return from
  const to = toText === undefined ? undefined : numberOf(toText, written, field)
  if (to && 'problem' in to) return to
  const hasStep = stepText !== undefined
  // From Sunday to Sunday: the whole week.
  if (field === WEEKDAY && from.value === 0 && toText === '7')
    return { item: { kind: 'range', from: 0, to: 6, step, hasStep } }
  const end = to?.value ?? (hasStep ? field.max : from.value)
  const isBackwards = end < from.value && to !== undefined
  if (isBackwards && field === YEAR) return { problem: `the years ${show(written)} run backwards` }
  return { item: { kind: 'range', from: from.value, to: end, step, hasStep } }
}

function parseSpecial(text: string, field: CronField): ParsedItem | undefined {
  if (field === DAY) {
    if (text === 'L' || text === 'LW') return { item: { kind: 'special', text } }
    const before = /^L-(\d+)$/.exec(text)
    if (before) {
      const days = Number(before[1])
      if (days >= 1 && days < DAY.max) return { item: { kind: 'before_last', days } }
      return {
        problem: `L-n must count 1 to ${DAY.max - 1} days back from the last day of the month, got ${show(text)}`,
      }
    }
    const nearest = /^(\d+)W$/.exec(text)
    if (nearest) return checked(numberOf(nearest[1]!, text, DAY), text)
  }
  if (field === WEEKDAY) {
    const nth = /^([A-Z0-9]+)#(.*)$/.exec(text)
    if (nth) {
      if (/^([1-5]|L)$/.test(nth[2]!)) return checked(numberOf(nth[1]!, text, WEEKDAY), text, `#${nth[2]}`)
      return { problem: `a weekday comes 1 to 5 times a month, or last (L), got ${show(text)}` }
    }
    const last = /^([A-Z]{3}|\d+)L$/.exec(text)
    if (last) return checked(numberOf(last[1]!, text, WEEKDAY), text, 'L')
  }
  return undefined
}

type ParsedValue = { readonly value: number } | { readonly problem: string }

/** croner takes weekdays in specials as numbers only. */
function checked(parsed: ParsedValue, text: string, suffix?: string): ParsedItem {
  if ('problem' in parsed) return parsed
  return { item: { kind: 'special', text: suffix === undefined ? text : `${parsed.value}${suffix}` } }
}

function numberOf(text: string, written: string, field: CronField): ParsedValue {
  const { name, min, max, names } = field
  const largest = field === WEEKDAY ? 7 : max
  const known = Object.keys(names)
  if (/^\d+$/.test(text)) {
    const value = Number(text)
    if (value >= min && value <= largest) return { value: field === WEEKDAY && value === 7 ? 0 : value }
    return {
      problem: `the ${name} must be ${min} to ${largest}, got ${written === text ? text : `${text} in ${show(written)}`}`,
    }
  }
  if (Object.hasOwn(names, text)) return { value: names[text]! }
  const orNames = known.length > 0 ? ` or ${known[0]} to ${known.at(-1)}` : ''
  return {
    problem: `the ${name} must be ${min} to ${largest}${orNames}, got ${show(written)}${didYouMean(text, known)}`,
  }
}

/** Every value that a field without specials stands for, ascending. */
export function valuesOf(items: readonly CronItem[], { min, max }: CronField): number[] {
  const values = new Set<number>()
  for (const item of items) {
    if (item.kind === 'every') for (let value = min; value <= max; value += item.step) values.add(value)
    if (item.kind === 'range') for (const value of rangeValues(item, min, max)) values.add(value)
  }
  return [...values].sort((a, b) => a - b)
}

/** The values of a range in its own order: a range past the end goes on at the smallest value, and so do its steps. */
export function rangeValues(
  { from, to, step }: Extract<CronItem, { kind: 'range' }>,
  min: number,
  max: number,
): number[] {
  const size = max - min + 1
  const length = from <= to ? to - from : to + size - from
  const values: number[] = []
  for (let offset = 0; offset <= length; offset += step) values.push(min + ((from - min + offset) % size))
  return values
}
