import type { TimerDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'
import { MOST_MADE_UP } from './cadence.js'

const SHORTEST: Micros = 1_000_000
const LONGEST: Micros = 3_600_000_000

/**
 * How late a tick may start; later, it is missed.
 *
 * What the timer asks for, else one period for intervals (by then the next tick is due), and half a period for cron, at
 * least 1 s and at most 1 h: a nightly job may start at 03:40 but not at noon, and one every minute has half a minute.
 * A timer that makes up for every missed tick has as long as the ticks it makes up for at the most take.
 */
export function startDeadlineOf(
  timer: Pick<TimerDefinition, 'missed' | 'schedule' | 'startDeadline'>,
  period: Micros,
): Micros {
  if (timer.startDeadline !== undefined) return timer.startDeadline
  if (timer.missed === 'all') return MOST_MADE_UP * period
  if (timer.schedule.kind !== 'cron') return period
  return Math.min(Math.max(Math.floor(period / 2), SHORTEST), LONGEST)
}
