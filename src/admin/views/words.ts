/** Moments and spans as people read them. */
import { formatSpan, type Micros, type Millis } from '../../kernel/time.js'

const SECOND: Millis = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A measured span, rounded: `0.05 ms`, `340 ms`, `2.1 s`, `12 min`, `3.5 h`, `2 days`. */
export function spanWords(span: Millis): string {
  if (span < 1) return `${rounded(span, 2)} ms`
  if (span < SECOND) return `${rounded(span, span < 10 ? 1 : 0)} ms`
  if (span < 2 * MINUTE) return `${rounded(span / SECOND, span < 10 * SECOND ? 1 : 0)} s`
  if (span < 2 * HOUR) return `${rounded(span / MINUTE, 0)} min`
  if (span < 2 * DAY) return `${rounded(span / HOUR, 1)} h`
  return `${rounded(span / DAY, 0)} days`
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}

/** A span that was configured, exact: `100 ms`, `1.5 s`. */
export function exactSpan(span: Micros): string {
  return formatSpan(span).replace(/(?<=\d)(?=[a-zµ])/, ' ')
}

/** A moment in UTC: `12:00:00.100Z`; with its date when it is not of the day of `now`. */
export function momentWords(moment: Millis, now: Millis): string {
  const [date, time] = new Date(moment).toISOString().split('T') as [string, string]
  return date === new Date(now).toISOString().slice(0, 10) ? time : `${date} ${time}`
}

/** Of a text that somebody else wrote, at most 200 characters. */
export function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 200)
}

/** `1 tick`, `3 ticks`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
