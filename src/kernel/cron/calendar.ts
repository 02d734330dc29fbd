/**
 * The local dates and times that a cron expression names.
 *
 * This file alone uses croner (tested with 11.0.1), and it uses only croner's calendar. `schedule/` converts local times to
 * instants in a time zone, including the gaps and folds of daylight-saving time. There are two reasons: croner steps
 * through a gap second by second (37 ms for one night in spring, 38 s for an expression with times in gaps only), and its
 * search in a named zone costs 40 µs where the calendar alone costs 4 µs.
 */
import { Cron } from 'croner'
import { DefinitionError } from '../errors.js'
import { malformed } from './problems.js'
import { type CronPatternPart, rewrite } from './rewrite.js'

/** A local date and time, as milliseconds since the local time 1970-01-01 00:00. Only a time zone makes it an instant. */
export type LocalMillis = number

export interface CronCalendar {
  /**
   * True for an expression with fixed times of day: no `*`, `?` or step in its seconds, minutes and hours. Fixed times and
   * recurring times are treated differently when the clocks change (docs/cron.md).
   */
  readonly isFixedTime: boolean
  /** The first local time after `local` that matches, a whole second; undefined when none does up to the year 9999. */
  next(local: LocalMillis): LocalMillis | undefined
}

type Next = CronCalendar['next']

/** @throws DefinitionError (`ERR_CRON`) when the expression has a syntax error. */
export function parseCron(expression: string): CronCalendar {
  const rewritten = rewrite(expression)
  if ('problem' in rewritten) throw new DefinitionError('ERR_CRON', [malformed(expression, rewritten.problem)])
  const searches = rewritten.parts.map((part) => searchOf(part, expression))
  return {
    isFixedTime: rewritten.isFixedTime,
    next: searches.length === 1 ? searches[0]! : (local) => earliest(searches, local),
  }
}

function searchOf({ pattern, years }: CronPatternPart, expression: string): Next {
  const calendar = calendarOf(pattern, expression)
  const next: Next = (local) => calendar.nextRun(new Date(local))?.getTime()
  if (years === 'any') return next
  return (local) => {
    let time = next(local)
    while (time !== undefined && isLeap(new Date(time).getUTCFullYear()) !== (years === 'leap')) time = next(time)
    return time
  }
}

function calendarOf(pattern: string, expression: string): Cron {
  try {
    return new Cron(pattern, { utcOffset: 0 })
  } catch (error) {
    const detail = (error as Error).message.replace(/^CronPattern: /, '')
    throw new DefinitionError('ERR_CRON', [malformed(expression, detail)], { cause: error })
  }
}

function earliest(searches: readonly Next[], local: LocalMillis): LocalMillis | undefined {
  const times = searches.flatMap((next) => next(local) ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}
