/** Decides whether a tick of scope `queue` may be offered now. Pure. */
import type { Window } from '../../kernel/definitions.js'
import type { DueTick } from '../../kernel/due-tick.js'
import type { Micros, Millis } from '../../kernel/time.js'
import { type Decision, decide, MISSED } from '../decide.js'
import type { Coordination } from '../executor.js'
import type { PendingTick, Timer } from '../lane.js'

export interface OfferFacts {
  readonly coordination: Coordination
  readonly isInside: (window: Window, dueWall: Millis) => boolean
}

/** Decides about a tick that came due: it is missed when its start deadline has passed. */
export function decideDue({ timer, tick }: PendingTick, now: Micros, facts: OfferFacts): Decision {
  return now > tick.startBy ? MISSED : decideOffer(timer, tick, facts)
}

/** Decides about a tick whose start deadline does not matter: it was triggered by hand, or it is a late tick that has just been judged. */
export function decideOffer(timer: Timer, { sequence, dueWall }: DueTick, facts: OfferFacts): Decision {
  const { definition, lane } = timer
  const { window } = definition
  const isByHand = sequence < 0
  return decide({
    stopping: lane.isStopping,
    paused: timer.isPaused && !isByHand,
    inWindow: isByHand || window === undefined || facts.isInside(window, dueWall),
    holdsLease: isByHand || mayOffer(timer, facts.coordination),
    // The other facts concern runs, about which the queue and the instances that take tickets decide. So they do not hold the tick up.
    blockedBy: undefined,
    overlap: definition.overlap,
    concurrency: 1,
    active: 0,
    claiming: 0,
    started: 0,
    returned: 0,
    hasThread: true,
  })
}

/** Whether this instance will also offer the next ticks of the timer. */
export function goesOnOffering(timer: Timer, coordination: Coordination): boolean {
  return !timer.lane.isStopping && mayOffer(timer, coordination)
}

function mayOffer({ definition: { offerLease } }: Timer, coordination: Coordination): boolean {
  return offerLease === undefined || coordination.holds(offerLease)
}
