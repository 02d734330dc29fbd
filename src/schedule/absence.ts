/**
 * Decides about the due moments that passed while no instance judged the ticks of a timer: after its leader has died, or while all
 * instances were down. Between the mark (the last moment that was judged) and the first one that is judged again:
 *
 *                judged          nobody leads           judged
 *     due:     ...3....4|....5....6....7....8....9..|..10...11
 *     skip:             |    x    x    x    x    x  |           all are missed
 *     once:             |    x    x    x    x    9  |           the latest is made up for, if its start deadline has not passed
 *     all:              |    5    6    7    8    9  |           all are, at most 100, if their start deadlines have not passed
 *
 * Unlike `judgeLapse`, `skip` makes up for nothing, also when one tick alone has lapsed: another instance has the next one.
 *
 * Cron times, dates with `from` and aligned intervals mean the same moments to all instances. An interval that is not aligned
 * counts from the start of each instance: how many moments have lapsed is known, but none of them is a moment of this instance's grid,
 * so all are missed. The moments of an interval function are not known: nothing is counted.
 */
import type { Schedule } from '../kernel/definitions.js'
import { type Micros, type Millis, microsFromMillis } from '../kernel/time.js'
import { type Due, MOST_MADE_UP } from './cadence.js'
import { cadenceOf } from './cadence-of.js'
import type { LapseDecision, LapsePolicy } from './lapse.js'
import { startDeadlineOf } from './start-deadline.js'

export interface Absence {
  /** The last due moment that was judged. */
  readonly mark: Millis
  /** The first one that is judged again. Undefined: there is none, because the schedule has ended. */
  readonly before: Due | undefined
}

/** Two due moments of a timer are farther apart than this, and one moment that was computed twice differs by less. */
const LESS_THAN_A_PERIOD: Millis = 0.01

const NOTHING: LapseDecision = { go: [], missed: 0 }

/** Counting cron times takes about 10 µs each, and about 50 ms at most: wall-cadence.ts stops counting at 2,000. */
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
    // As this instance numbers them: those before its start have the number of the start.
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

/** Whether its due moments are the same on every instance. */
function isShared(schedule: Schedule): boolean {
  return schedule.kind !== 'interval' || schedule.align
}

/** The mark is a due moment, so it has the shift already; the multiples to which an aligned grid is tied need it. */
function withoutShift(schedule: Schedule): Schedule {
  if (schedule.kind !== 'interval' || schedule.align) return schedule
  return { kind: 'interval', interval: schedule.interval, align: false }
}
