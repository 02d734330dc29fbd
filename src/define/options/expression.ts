/** Reads a user's cron expression: it must be valid and have an occurrence in the future. */
import { cronProblem } from '../../kernel/cron/check-cron.js'
import { show } from '../../kernel/suggest.js'
import type { Millis } from '../../kernel/time.js'
import type { ConfigData } from '../config-data.js'
import { resolveValue } from './from-config.js'
import type { Parsed } from './parsed.js'

export function parseExpression(
  input: unknown,
  timezone: string | undefined,
  config: ConfigData,
  now: Millis,
): Parsed<string> {
  const resolved = resolveValue(input, config)
  if ('problem' in resolved) return resolved
  const expression = resolved.value
  if (typeof expression !== 'string') {
    return { problem: `must be a cron expression such as "0 18 * * 1-5", got ${show(expression)}` }
  }
  const problem = cronProblem(expression, timezone, now)
  return problem === undefined ? { value: expression } : { problem: `does not work: ${problem}` }
}
