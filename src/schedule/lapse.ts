/**
 * Decides about ticks that are found late, after a stall of the scheduler, a suspended machine or a set clock.
 *
 * At the bar the scheduler finds four ticks due. A dot is a fifth of a period; `x` is missed, a number goes on:
 *
 *     due:          1....2....3....4.|...5
 *     skip:         x    x    x    4          the latest, because its own moment is nearer than that of tick 5
 *     once:         x    x    x    4          the latest, however late it is
 *     all:          1    2    3    4          all, at most 100: the latest at once, the others after it, oldest first
 *
 *     due:          1....2....3....4....|5
 *     skip:         x    x    x    x          none, because tick 5 will be due soon
 *
 * Under every policy, a tick later than its start deadline is missed. When only one tick is due, it is merely late, and
 * only the start deadline decides.
 */
import type { TimerDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'
import { type Due, type Lapse, MOST_MADE_UP } from './cadence.js'
import { startDeadlineOf } from './start-deadline.js'

export interface LapseDecision {
  /** The due moments that become ticks, oldest first. */
  readonly go: readonly Due[]
  /** How many are missed. */
  readonly missed: number
  /** The latest of the missed ones; undefined when none is missed. */
  readonly lastMissed?: Due
}

export type LapsePolicy = Pick<TimerDefinition, 'missed' | 'schedule' | 'startDeadline'>

export function judgeLapse(timer: LapsePolicy, lapse: Lapse, now: Micros): LapseDecision {
  const { count, latest } = lapse
  const go = latest.slice(timer.missed === 'all' ? -MOST_MADE_UP : -1).filter((due) => {
    const lateness = now - due.mono
    const period = due.period
    if (lateness > startDeadlineOf(timer, period)) return false
    return timer.missed !== 'skip' || count === 1 || lateness <= period / 2
  })
  const lastMissed = latest.findLast((due) => !go.includes(due))
  return { go, missed: count - go.length, ...(lastMissed && { lastMissed }) }
}
