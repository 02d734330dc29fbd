/** The option `spread`: by how much the grid of a timer is shifted. */
import type { Schedule } from '../../kernel/definitions.js'
import { hashOf } from '../../kernel/hash.js'
import type { Micros } from '../../kernel/time.js'
import type { Report } from './check.js'

const MILLISECOND: Micros = 1_000
const LONGEST_SHIFT: Micros = 60_000_000

/** What the shift is a hash of. */
export interface SpreadName {
  /** Of the timer. */
  readonly id: string
  /** Name of the machine. Aligned timers leave it out, because all instances must agree about them. */
  readonly host: string
}

/** Shifts the grid of an interval timer. A configured default passes over every other schedule. */
export function spread(
  schedule: Schedule,
  own: boolean | undefined,
  byDefault: boolean | undefined,
  { id, host }: SpreadName,
  report: Report,
): Schedule {
  if (schedule.kind !== 'interval') {
    if (own === true) report(`option "spread" ${REASONS[schedule.kind]}`)
    return schedule
  }
  if (!(own ?? byDefault)) return schedule
  return { ...schedule, shift: shiftOf(schedule.align ? id : `${id}@${host}`, schedule.interval) }
}

const REASONS = {
  cron: 'is for intervals: a cron expression has its own times',
  anchored: 'cannot be used with "from", which says when the timer is due',
  adaptive: 'needs a fixed interval, and this one is a function',
} as const

/** Whole milliseconds, from 1 ms up to the interval, and to 60 s at the most; evenly spread over names. */
export function shiftOf(name: string, interval: Micros): Micros {
  const most = Math.floor(Math.min(interval, LONGEST_SHIFT) / MILLISECOND)
  return (1 + Math.floor((hashOf(name, 0) / 2 ** 32) * most)) * MILLISECOND
}
