/** Converts a user's interval to microseconds. Worker threads import this file: it must not import croner. */
import type { IntervalFacts } from '../../kernel/definitions.js'
import type { Micros } from '../../kernel/time.js'
import type { ConfigData } from '../config-data.js'
import { thrown } from './check.js'
import { LONGEST_SPAN, parseDuration, parseStep, type Step, TICKABLE_SPAN } from './durations.js'
import { resolveValue } from './from-config.js'
import type { IntervalFunction } from './option-types.js'
import type { Parsed } from './parsed.js'

/** Reads a fixed interval, or a marker for one. */
export function parseInterval(input: unknown, config: ConfigData): Parsed<Micros> {
  const resolved = resolveValue(input, config)
  if ('problem' in resolved) return resolved
  const parsed = parseDuration(resolved.value, TICKABLE_SPAN)
  if ('value' in parsed || !isNothing(resolved.value)) return parsed
  return { problem: `${parsed.problem}; to run back to back, give a short interval and overlap "wait"` }
}

/** The step of a timer with `from`, markers resolved. */
export function parseIntervalStep(input: unknown, config: ConfigData): Parsed<Step> {
  const resolved = resolveValue(input, config)
  return 'problem' in resolved ? resolved : parseStep(resolved.value)
}

/** Calls an interval function, as the worker does after each run. Never throws: an error of the function becomes a problem. */
export function askInterval(ask: IntervalFunction, facts: IntervalFacts, config: ConfigData): Parsed<Micros> {
  try {
    const answer: unknown = ask(facts)
    if (answer instanceof Promise) {
      answer.catch(() => {})
      return { problem: 'must come from a function that returns a value, but it returned a promise' }
    }
    return parseInterval(answer, config)
  } catch (error) {
    return { problem: `must come from a function that does not throw, but it threw ${thrown(error)}` }
  }
}

function isNothing(input: unknown): boolean {
  return 'value' in parseDuration(input, { min: -LONGEST_SPAN, max: 0 })
}
