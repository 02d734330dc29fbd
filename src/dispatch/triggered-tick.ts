import type { Clock } from '../kernel/clock.js'
import type { DueTick } from '../kernel/due-tick.js'
import { microsFromMillis, millisFromMicros } from '../kernel/time.js'
import type { Timer } from './lane.js'

/**
 * The tick of a ticket that is offered by hand: due now, without a start deadline. Its moment is at no whole millisecond and after
 * that of the tick before, because the moment identifies the ticket and schedules are due at whole milliseconds.
 */
export function triggeredTick(timer: Timer, clock: Clock): DueTick {
  const now = microsFromMillis(clock.wallNow())
  const next = Math.max(now, timer.triggeredAt + 1)
  timer.triggeredAt = next % 1_000 === 0 ? next + 1 : next
  return {
    sequence: -++timer.triggers,
    dueMono: clock.now(),
    dueWall: millisFromMicros(timer.triggeredAt),
    startBy: Number.POSITIVE_INFINITY,
  }
}
