/** From what a user wrote as interval or cron expression to a schedule. */
import { cronProblem } from '../../kernel/cron-expression.js'
import type { IntervalFacts } from '../../kernel/definitions.js'
import { show } from '../../kernel/suggest.js'
import type { Micros } from '../../kernel/time.js'
import type { ConfigData } from '../config-data.js'
import { thrown } from './check.js'
import { LONGEST_SPAN, parseDuration, TICKABLE_SPAN } from './durations.js'
import { resolveMarkers } from './from-config.js'
import type { IntervalFunction } from './option-types.js'
import type { Parsed } from './parsed.js'

/** A fixed interval, markers resolved. */
export function parseInterval(input: unknown, config: ConfigData): Parsed<Micros> {
  const resolved = resolveWhole(input, config)
  if ('problem' in resolved) return resolved
  const parsed = parseDuration(resolved.value, TICKABLE_SPAN)
  if ('value' in parsed || !isNothing(resolved.value)) return parsed
  return { problem: `${parsed.problem}; to run back to back, give a short interval and overlap "wait"` }
}

/** Asks an interval function, as the worker does after each run. Never throws: what the function throws is a problem. */
export function askInterval(ask: IntervalFunction, facts: IntervalFacts, config: ConfigData): Parsed<Micros> {
  try {
    const answer: unknown = ask(facts)
    if (answer instanceof Promise) {
      answer.catch(() => {})
      return { problem: 'must come from a function that answers at once, but it returned a promise' }
    }
    return parseInterval(answer, config)
  } catch (error) {
    return { problem: `must come from a function that does not throw, but it threw ${thrown(error)}` }
  }
}

export function parseExpression(input: unknown, timezone: string | undefined, config: ConfigData): Parsed<string> {
  const resolved = resolveWhole(input, config)
  if ('problem' in resolved) return resolved
  const expression = resolved.value
  if (typeof expression !== 'string') {
    return { problem: `must be a cron expression such as "0 18 * * 1-5", got ${show(expression)}` }
  }
  const problem = cronProblem(expression, timezone)
  return problem === undefined ? { value: expression } : { problem: `does not work: ${problem}` }
}

function isNothing(input: unknown): boolean {
  return 'value' in parseDuration(input, { min: -LONGEST_SPAN, max: 0 })
}

/** A value that may be a marker itself, and has none inside. */
function resolveWhole(input: unknown, config: ConfigData): Parsed<unknown> {
  let missing: string | undefined
  const value = resolveMarkers(input, config, (_path, problem) => {
    missing = problem
  })
  return missing === undefined ? { value } : { problem: missing }
}
