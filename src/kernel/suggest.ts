import { closest, distance } from 'fastest-levenshtein'

/** Returns `, did you mean "overlap"?` when `written` resembles one of the known words or is its last part, else an empty text. */
export function didYouMean(written: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const whole = known.find((word) => word.endsWith(`.${written}`))
  if (whole !== undefined) return `, did you mean "${whole}"?`
  const candidate = closest(written.toLowerCase(), [...known])
  const near = distance(written.toLowerCase(), candidate.toLowerCase()) <= Math.ceil(candidate.length / 3)
  return near ? `, did you mean "${candidate}"?` : ''
}

/** Formats a value for an error message: at most 120 characters, and a text is recognisable by its quotes. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return `a function${value.name ? ` (${value.name})` : ''}`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    const json = JSON.stringify(value) ?? String(value)
    return json.length > 120 ? `${json.slice(0, 117)}...` : json
  } catch {
    return Object.prototype.toString.call(value)
  }
}
