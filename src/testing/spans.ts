import { type DurationInput, parseDuration } from '../define/durations.js'
import { UsageError } from '../kernel/errors.js'
import type { Micros } from '../kernel/time.js'

/** A span as tests write it: seconds, or a duration string. @throws UsageError (`ERR_SPAN`) when it is none. */
export function readSpan(given: DurationInput, what: string): Micros {
  const negative = typeof given === 'number' ? given < 0 : given.trim().startsWith('-')
  const parsed = parseDuration(typeof given === 'number' ? Math.abs(given) : given.trim().replace(/^-/, ''))
  if ('value' in parsed) return negative ? -parsed.value : parsed.value
  throw new UsageError('ERR_SPAN', `${what} ${parsed.problem}`)
}
