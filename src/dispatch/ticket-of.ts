/** Makes the ticket of a tick that is offered, and the tick of a ticket that was taken. */
import type { Clock } from '../kernel/clock.js'
import type { DueTick } from '../kernel/due-tick.js'
import { InternalError } from '../kernel/errors.js'
import { tickId } from '../kernel/tick.js'
import type { HeldTicket, Ticket } from '../kernel/ticket.js'
import { type Micros, microsFromMillis, millisFromMicros } from '../kernel/time.js'
import type { Overlap } from '../kernel/vocabulary.js'
import type { Timer } from './lane.js'

/** The ticket of a tick. `overlap` may be stricter than that of the timer: a late tick is offered with `skip`. */
export function ticketOf(timer: Timer, tick: DueTick, overlap: Overlap, atMostOnce: boolean): Ticket {
  const { definition, lane } = timer
  if (overlap === 'replace') throw new InternalError(`${definition.id} has overlap replace and scope queue`)
  const { dueWall, dueMono, startBy } = tick
  return {
    id: tickId(definition.id, dueWall),
    service: definition.service,
    lane: lane.id,
    entrypoint: definition.id,
    sequence: tick.sequence,
    dueAt: dueWall,
    expiresAt: Number.isFinite(startBy) ? dueWall + millisFromMicros(startBy - dueMono) : undefined,
    overlap,
    attempts: definition.retry.attempts,
    backoff: definition.retry.backoff,
    atMostOnce,
  }
}

/**
 * The tick of a ticket that was taken, on the clocks of this instance. The start deadline applies until the method has been called
 * once: not to a further attempt, and not to a ticket that was handed out before and whose holder was lost.
 */
export function tickOf({ ticket, attempt, redelivered }: HeldTicket, clock: Clock): DueTick {
  const { sequence, dueAt, expiresAt } = ticket
  const now = clock.now()
  const wallNow = clock.wallNow()
  const mono = (wall: number): Micros => now + microsFromMillis(wall - wallNow)
  const hasBegun = attempt > 1 || redelivered
  return {
    sequence,
    dueMono: mono(dueAt),
    dueWall: dueAt,
    startBy: expiresAt === undefined || hasBegun ? Number.POSITIVE_INFINITY : mono(expiresAt),
  }
}
