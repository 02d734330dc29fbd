/**
 * What becomes of ticks that are found late: after a stall of the scheduler, a suspended machine or a set clock.
 *
 * Found at the bar, four ticks have come due (a dot is a fifth of a period, `x` is missed, the others go on):
 *
 *     due:          1....2....3....4.|...5
 *     skip:         x    x    x    4          the latest is nearer to its own moment than to 5
 *     once:         x    x    x    4          the latest, however late
 *     all:          1    2    3    4          100 at the most: the latest at once, the others behind it, oldest first
 *
 *     due:          1....2....3....4....|5
 *     skip:         x    x    x    x          5 comes in a moment: the grid just continues
 *
 * Whatever the policy, a tick later than its start deadline is missed; and a single tick is merely late, so the start
 * deadline is all that counts for it.
 */
import type { TimerDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'
import { type Due, type Lapse, MOST_MADE_UP } from './cadence.js'
import { startDeadlineOf } from './start-deadline.js'

export interface Verdict {
  /** Those that go on, oldest first. */
  readonly go: readonly Due[]
  /** How many are missed. */
  readonly missed: number
  /** The latest of those; undefined when none is missed. */
  readonly lastMissed?: Due
}

export type LapsePolicy = Pick<TimerDefinition, 'missed' | 'schedule' | 'startDeadline'>

export function judgeLapse(timer: LapsePolicy, lapse: Lapse, now: Micros): Verdict {
  const { count, latest } = lapse
  const go = latest.slice(timer.missed === 'all' ? -MOST_MADE_UP : -1).filter((due) => {
    const lateness = now - due.at
    const period = due.period
    if (lateness > startDeadlineOf(timer, period)) return false
    return timer.missed !== 'skip' || count === 1 || lateness <= period / 2
  })
  const lastMissed = latest.findLast((due) => !go.includes(due))
  return { go, missed: count - go.length, ...(lastMissed && { lastMissed }) }
}
