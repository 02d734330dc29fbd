/**
 * Decides about the due moments of a timer that passed while no instance judged them: after the leader had died, or while all instances
 * were down. They lie between the mark (the last due moment that was judged) and the first due moment that is judged again. `x` is
 * missed; a number is made up for:
 *
 *                judged          nobody leads           judged
 *     due:     ...3....4|....5....6....7....8....9..|..10...11
 *     skip:             |    x    x    x    x    x  |           all are missed
 *     once:             |    x    x    x    x    9  |           the latest is made up for, if its start deadline has not passed
 *     all:              |    5    6    7    8    9  |           the latest 100 are made up for, if their start deadlines have not passed
 *
 * With `skip` no tick is made up for, not even a single one. `judgeLapse` differs: there a single late tick is run.
 *
 * For cron times, dates with `from` and aligned intervals, all instances compute the same due moments. An interval that is not aligned
 * counts from the start of each instance. So it is known how many due moments have passed, but this instance computes others: all
 * are missed. With an interval function the due moments are not known, so none is counted.
 */
import type { Schedule } from '../kernel/definitions.js'
import { type Micros, type Millis, microsFromMillis } from '../kernel/time.js'
import { type Due, MOST_MADE_UP } from './cadence.js'
import { cadenceOf } from './cadence-of.js'
import type { LapseDecision, LapsePolicy } from './lapse.js'
import { startDeadlineOf } from './start-deadline.js'

export interface Absence {
  /** The last due moment that was judged, on the wall clock. */
  readonly mark: Millis
  /** The first due moment that is judged again. Undefined: there is none, because the schedule has ended. */
  readonly before: Due | undefined
}

/**
 * Two due moments of a timer are farther apart than this. When one due moment is computed twice, the results differ by less than this.
 */
const LESS_THAN_A_PERIOD: Millis = 0.01

const NOTHING: LapseDecision = { go: [], missed: 0 }

/**
 * Returns which of the passed due moments are made up for, and how many are missed. It takes about 10 µs for each cron time that it counts,
 * and about 50 ms at most, because wall-cadence.ts stops counting at 2,000.
 */
export function judgeAbsence(timer: LapsePolicy, absence: Absence, now: Micros, wallNow: Millis): LapseDecision {
  const until = (absence.before?.wall ?? wallNow) - LESS_THAN_A_PERIOD
  if (timer.schedule.kind === 'adaptive' || !(absence.mark < until)) return NOTHING
  const at = (wall: Millis): Micros => now + microsFromMillis(wall - wallNow)
  const start = { sequence: 0, mono: at(absence.mark), wall: absence.mark }
  const cadence = cadenceOf(withoutShift(timer.schedule), start)
  const first = cadence.after(start, now, wallNow)
  if (!first || first.wall > until) return NOTHING
  const { count, latest } = cadence.lapsed(first, at(until), until)
  const numbered = latest.map((due, index) => ({
    ...due,
    // Numbered as by this instance. Its numbers begin at 0, so all ticks that would have a number before that get 0.
    sequence: Math.max(0, (absence.before?.sequence ?? 1) - latest.length + index),
    mono: at(due.wall),
  }))
  const most = isShared(timer.schedule) ? mostMadeUp(timer) : 0
  const go = numbered.filter((due, index) => index >= numbered.length - most && canStart(timer, due, now))
  const lastMissed = numbered.findLast((due) => !go.includes(due))
  return { go, missed: count - go.length, ...(lastMissed && { lastMissed }) }
}

function mostMadeUp({ missed }: LapsePolicy): number {
  if (missed === 'skip') return 0
  return missed === 'once' ? 1 : MOST_MADE_UP
}

function canStart(timer: LapsePolicy, due: Due, now: Micros): boolean {
  return now - due.mono <= startDeadlineOf(timer, due.period)
}

/** Whether all instances compute the same due moments for the schedule. */
function isShared(schedule: Schedule): boolean {
  return schedule.kind !== 'interval' || schedule.align
}

/**
 * Removes the shift (`spread`) from an interval that is not aligned: its moments are counted from the mark, a due moment
 * that has the shift already. An aligned interval keeps the shift, because its moments are counted from multiples of the interval.
 */
function withoutShift(schedule: Schedule): Schedule {
  if (schedule.kind !== 'interval' || schedule.align) return schedule
  return { kind: 'interval', interval: schedule.interval, align: false }
}
