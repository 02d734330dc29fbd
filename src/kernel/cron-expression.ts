/**
 * Validates cron expressions and computes the local dates and times that they name.
 *
 * This file alone uses croner (tested with 11.0.1), and it uses only croner's calendar. `schedule/` converts local times to
 * instants in a time zone, including the gaps and folds of daylight-saving time. There are two reasons: croner steps
 * through a gap second by second (37 ms for one night in spring, 38 s for an expression with times in gaps only), and its
 * search in a named zone costs 40 µs where the calendar alone costs 4 µs.
 *
 * An expression has five fields (minute hour day month weekday), six (seconds first) or seven (year last). croner's
 * documentation describes names, ranges, steps, `L`, `W`, `#`, `+` and nicknames such as `@daily`. When both day and
 * weekday are restricted, either may match (`0 0 13 * 5`: every 13th and every Friday).
 */
import { Cron, CronPattern } from 'croner'
import { DefinitionError } from './errors.js'
import { didYouMean, show } from './suggest.js'
import type { Millis } from './time.js'

/** A local date and time, as milliseconds since the local time 1970-01-01 00:00. Only a time zone makes it an instant. */
export type LocalMillis = number

export interface CronCalendar {
  /**
   * True for an expression with fixed times of day: no `*`, `?` or step in its seconds, minutes and hours. Fixed times and
   * recurring times are treated differently when the clocks change (docs/semantics.md, "Cron and daylight-saving time").
   */
  readonly isFixedTime: boolean
  /** The first local time after `local` that matches, a whole second; undefined when none does up to the year 9999. */
  next(local: LocalMillis): LocalMillis | undefined
}

// Debian cron's rule: only a wildcard or a step makes a time recurring, so `0 9,17 * * *` has two fixed times.
const OPTIONS = { fixedTimeRule: 'no-wildcard' } as const

/** @throws DefinitionError (`ERR_CRON`) when the expression has a syntax error. */
export function parseCron(expression: string): CronCalendar {
  const malformed = formProblem(expression)
  if (malformed) throw new DefinitionError('ERR_CRON', [malformed])
  const calendar = new Cron(expression, { ...OPTIONS, utcOffset: 0 })
  return {
    isFixedTime: new CronPattern(expression, undefined, OPTIONS).isFixedTime,
    next: (local) => calendar.nextRun(new Date(local))?.getTime(),
  }
}

/**
 * Describes in one sentence what is wrong with a cron expression or its time zone; undefined when both are valid.
 *
 * An expression whose dates exist in no year (`0 0 30 2 *`) is found by a search to the year 9999, in at most 40 ms.
 */
export function cronProblem(expression: string, timezone?: string): string | undefined {
  return (
    formProblem(expression) ??
    (timezone === undefined ? undefined : timezoneProblem(timezone)) ??
    neverProblem(expression)
  )
}

/** Describes in one sentence what is wrong with the name of a time zone; undefined when it is valid. */
export function timezoneProblem(timezone: string): string | undefined {
  // Later versions of Node accept UTC offsets here. An offset has no daylight-saving time, so it is refused.
  if (/^[a-z]/i.test(timezone)) {
    try {
      new Intl.DateTimeFormat('en-US', { timeZone: timezone })
      return undefined
    } catch {
      // The message below reports it.
    }
  }
  const suggestion = didYouMean(timezone, Intl.supportedValuesOf('timeZone'))
  return `expected the IANA name of a time zone such as "Europe/Paris", got ${show(timezone)}${suggestion}`
}

const FORM = '5 fields (minute hour day month weekday), 6 (seconds first) or 7 (year last)'

function formProblem(expression: string): string | undefined {
  try {
    new CronPattern(expression, undefined, OPTIONS)
    return undefined
  } catch (error) {
    const detail = (error as Error).message.replace(/^CronPattern: /, '')
    return `expected a cron expression of ${FORM}, got ${show(expression)}: ${detail}`
  }
}

const EPOCH: Millis = 0

function neverProblem(expression: string): string | undefined {
  if (parseCron(expression).next(EPOCH) !== undefined) return undefined
  return `expected a cron expression with at least one date, but no date matches ${show(expression)}`
}
