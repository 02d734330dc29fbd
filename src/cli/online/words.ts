/** Moments and texts for a terminal. */
import { formatSpan, type Millis, microsFromMillis } from '../../kernel/time.js'

/** `5s`, `3m`, `2d`: rounded down to one unit. */
export function roughSpan(span: Millis): string {
  const seconds = Math.floor(Math.max(0, span) / 1_000)
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, 's']
  return `${Math.floor(seconds / size)}${unit}`
}

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
]

/** `1 tick`, `3 ticks`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A short span such as a lateness: `0.013 ms` is `13µs`. */
export function exactSpan(span: Millis | undefined): string {
  return span === undefined ? '-' : formatSpan(Math.round(microsFromMillis(span)))
}

/** Without what a terminal would obey: the text comes from jobs. */
export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are meant.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}
