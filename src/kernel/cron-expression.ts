/**
 * Cron expressions: whether one is well-formed, and which local dates and times it means.
 *
 * The only user of croner (tried with 11.0.1), and only of its calendar: what a local time is worth in a time zone,
 * gaps and folds included, is decided in `schedule/`. There are two reasons. croner steps through a gap second by
 * second (37 ms for a night in spring, 38 s for an expression that lies in gaps only), and its search in a named zone
 * costs 40 µs where the calendar alone costs 4 µs.
 *
 * Five fields (minute hour day month weekday), six (seconds first) or seven (year last); names, ranges, steps, `L`,
 * `W`, `#`, `+` and nicknames such as `@daily` as croner documents them. Day and weekday are alternatives when both
 * are restricted (`0 0 13 * 5`: every 13th and every Friday).
 */
import { Cron, CronPattern } from 'croner'
import { DefinitionError } from './errors.js'
import { didYouMean, show } from './suggest.js'
import type { Millis } from './time.js'

/** What the clock on the wall of some place shows, as milliseconds since it showed 1970-01-01 00:00. Not an instant. */
export type LocalMillis = number

export interface CronCalendar {
  /**
   * The expression names its times of day: no `*`, `?` or step in seconds, minutes and hours. Such a time is an
   * appointment, the others are a rhythm; the two fare differently when the clocks are changed.
   */
  readonly isFixedTime: boolean
  /** The first local time it means after `local`, a whole second; undefined when there is none until the year 9999. */
  next(local: LocalMillis): LocalMillis | undefined
}

// Debian cron's rule: only a wildcard or a step makes a rhythm, so `0 9,17 * * *` is two appointments.
const OPTIONS = { fixedTimeRule: 'no-wildcard' } as const

/** @throws DefinitionError (`ERR_CRON`) when the expression is not well-formed. */
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
 * What is wrong with a cron expression or its time zone, as a sentence; undefined when nothing is.
 *
 * Dates that exist in no year (`0 0 30 2 *`) are found by a search to the end of the calendar, 40 ms at the most.
 */
export function cronProblem(expression: string, timezone?: string): string | undefined {
  return (
    formProblem(expression) ??
    (timezone === undefined ? undefined : timezoneProblem(timezone)) ??
    neverProblem(expression)
  )
}

/** What is wrong with the name of a time zone, as a sentence; undefined when nothing is. */
export function timezoneProblem(timezone: string): string | undefined {
  // Later versions of Node take UTC offsets for names. They know no daylight-saving time: hardly what is meant.
  if (/^[a-z]/i.test(timezone)) {
    try {
      new Intl.DateTimeFormat('en-US', { timeZone: timezone })
      return undefined
    } catch {
      // Told below.
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
  return `expected a cron expression that comes to pass, but there is no date that ${show(expression)} means`
}
