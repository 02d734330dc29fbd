import { timezoneProblem } from '../../kernel/cron/time-zone.js'
import { show } from '../../kernel/suggest.js'
import type { Parsed } from './parsed.js'

/** Reads the IANA name of a time zone that the platform knows. */
export function parseTimezone(input: unknown): Parsed<string> {
  if (typeof input !== 'string') return { problem: `must be a time zone such as "Europe/Paris", got ${show(input)}` }
  const problem = timezoneProblem(input)
  return problem === undefined ? { value: input } : { problem: `is no time zone: ${problem}` }
}
