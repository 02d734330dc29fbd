/** Says what is wrong with a cron expression before a timer is made of it. */
import { DefinitionError } from '../errors.js'
import { show } from '../suggest.js'
import type { Millis } from '../time.js'
import { parseCron } from './calendar.js'
import { timezoneProblem } from './time-zone.js'

/**
 * Describes in one sentence what is wrong with a cron expression or its time zone; undefined when both are valid. An
 * expression that has no occurrence after `now` is refused: its timer would never tick.
 *
 * Such an expression (`0 0 30 2 *`) is found by a search to the year 9999, in at most 40 ms.
 */
export function cronProblem(expression: string, timezone: string | undefined, now: Millis): string | undefined {
  const zone = timezone === undefined ? undefined : timezoneProblem(timezone)
  try {
    // A day earlier than UTC's: local time may be behind it by 12 hours.
    const next = parseCron(expression).next(now - DAY)
    if (zone !== undefined || next !== undefined) return zone
  } catch (error) {
    if (error instanceof DefinitionError) return error.message
    throw error
  }
  const today = new Date(now).toISOString().slice(0, 10)
  return `expected a cron expression with a future occurrence, but no date from ${today} on matches ${show(expression)}`
}

const DAY: Millis = 86_400_000
