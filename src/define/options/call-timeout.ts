import { UsageError } from '../../kernel/errors.js'
import type { Micros } from '../../kernel/time.js'
import { parseDuration } from './durations.js'

/** Reads the time-out of a call as users write it. @throws UsageError (`ERR_CALL_TIMEOUT`) when it is not a valid duration. */
export function readCallTimeout(given: number | string): Micros {
  const parsed = parseDuration(given)
  if ('value' in parsed) return parsed.value
  throw new UsageError('ERR_CALL_TIMEOUT', `the time-out of a call ${parsed.problem}`)
}
