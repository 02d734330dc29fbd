import type { TimerDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'
import { MOST_MADE_UP } from './cadence.js'

const SHORTEST: Micros = 1_000_000
const LONGEST: Micros = 3_600_000_000

/**
 * How late a tick may start; a later tick is missed.
 *
 * The timer's own option counts first. The default of an interval timer is one interval, because then the next tick is due.
 * The default of a cron timer, or of one with `from`, is half a period, at least 1 s and at most 1 h: a tick of 03:00 every night may start at
 * 03:40 but not at noon, and a tick every minute may be half a minute late. The default with `missed: 'all'` is as long
 * as all ticks that can be made up for.
 */
export function startDeadlineOf(
  timer: Pick<TimerDefinition, 'missed' | 'schedule' | 'startDeadline'>,
  period: Micros,
): Micros {
  if (timer.startDeadline !== undefined) return timer.startDeadline
  const { schedule } = timer
  // The eager tick of a grid that is aligned or shifted is nearer to the next tick than one interval.
  const usual = schedule.kind === 'interval' ? schedule.interval : period
  if (timer.missed === 'all') return MOST_MADE_UP * usual
  if (schedule.kind === 'interval' || schedule.kind === 'adaptive') return usual
  return Math.min(Math.max(Math.floor(period / 2), SHORTEST), LONGEST)
}
