import { type DurationInput, parseDuration } from '../define/options/durations.js'
import { UsageError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import type { Micros } from '../kernel/time.js'

/**
 * A span as tests write it: seconds, or a duration string.
 *
 * @throws UsageError (`ERR_SPAN`) when it is none, or negative.
 */
export function readSpan(given: DurationInput, what: string): Micros {
  const span = readSignedSpan(given, what)
  if (span >= 0) return span
  throw new UsageError(
    'ERR_SPAN',
    `${what} must not be negative, got ${show(given)}: time goes forward only (jumpWallClock() alone can set the wall clock back)`,
  )
}

/** Like {@link readSpan}, and negative ones too: `-5`, `'-1h'`. */
export function readSignedSpan(given: DurationInput, what: string): Micros {
  const text = typeof given === 'string' ? given.trim() : undefined
  const isNegative = text === undefined ? Number(given) < 0 : text.startsWith('-')
  const parsed = parseDuration(text === undefined ? (isNegative ? -Number(given) : given) : text.replace(/^-/, ''))
  if ('value' in parsed) return isNegative ? -parsed.value : parsed.value
  throw new UsageError('ERR_SPAN', `${what} ${parsed.problem}`)
}
