import { type DurationInput, parseDuration } from '../define/options/durations.js'
import { UsageError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import type { Micros } from '../kernel/time.js'

/**
 * Parses a span that a test gives: seconds, or a duration string.
 *
 * @throws UsageError (`ERR_SPAN`) when it is not a duration, or negative.
 */
export function readSpan(given: DurationInput, what: string): Micros {
  const span = readSignedSpan(given, what)
  if (span >= 0) return span
  throw new UsageError(
    'ERR_SPAN',
    `${what} must not be negative, got ${show(given)}: time cannot go back (only jumpWallClock() can set the wall clock back)`,
  )
}

/** Like {@link readSpan}, but also accepts negative spans: `-5`, `'-1h'`. */
export function readSignedSpan(given: DurationInput, what: string): Micros {
  const text = typeof given === 'string' ? given.trim() : undefined
  const isNegative = text === undefined ? Number(given) < 0 : text.startsWith('-')
  const parsed = parseDuration(text === undefined ? (isNegative ? -Number(given) : given) : text.replace(/^-/, ''))
  if ('value' in parsed) return isNegative ? -parsed.value : parsed.value
  throw new UsageError('ERR_SPAN', `${what} ${parsed.problem}`)
}
