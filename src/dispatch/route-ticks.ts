/** Connects the scheduler, and the triggers by hand, with the two places that accept ticks: the offering and the admission. */
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { Micros } from '../kernel/time.js'
import type { Admission, TriggerResult } from './admission.js'
import type { Timer } from './lane.js'
import type { Offering } from './offering/offering.js'

/** `TickSink` in schedule/scheduler.ts explains all methods except `trigger`, which triggers a timer by hand. */
export interface Ticks {
  offer(index: TimerIndex, tick: DueTick, now: Micros): boolean
  arrive(index: TimerIndex, tick: DueTick, now: Micros): void
  miss(index: TimerIndex, count: number, last: DueTick): void
  makeUp(index: TimerIndex, tick: DueTick): void
  trigger(timer: Timer): TriggerResult
}

/** Passes ticks of scope `queue` to the offering, and all others to the admission. */
export function routeTicks(timers: readonly Timer[], admission: Admission, offering: Offering): Ticks {
  const isQueued = timers.map(({ definition }) => definition.scope === 'queue')
  return {
    offer: (index, tick, now) => !isQueued[index] && admission.offer(index, tick, now),
    arrive(index, tick, now) {
      if (isQueued[index]) offering.arrive(index, tick, now)
      else admission.arrive(index, tick, now)
    },
    miss: (index, count, last) => admission.miss(index, count, last),
    makeUp(index, tick) {
      if (isQueued[index]) offering.makeUp(index, tick)
      else admission.makeUp(index, tick)
    },
    trigger: (timer) => (isQueued[timer.index] ? offering.trigger(timer) : admission.trigger(timer)),
  }
}
