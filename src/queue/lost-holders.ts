/** Decides when a ticket is given up because instances that held it have died or have lost its lock. */
import type { Ticket } from '../kernel/ticket.js'
import type { DiscardedTicket } from './run-queue.js'

/** How many holders of a ticket may be lost. A ticket that kills every process that runs it must not be handed out for ever. */
const MOST_LOST_HOLDERS = 3

/** Whether a ticket is handed out again after `lost` holders were lost. A ticket that is to run at most once is not, after the first. */
export function mayBeHandedOutAgain({ atMostOnce }: Ticket, lost: number): boolean {
  return lost <= (atMostOnce ? 0 : MOST_LOST_HOLDERS)
}

export function abandoned({ service, id, entrypoint, atMostOnce }: Ticket, lost: number): DiscardedTicket {
  const who = lost === 1 ? 'its holder was lost' : `${lost} of its holders were lost`
  const why = atMostOnce ? 'it is to run at most once' : `at most ${MOST_LOST_HOLDERS} may be lost`
  const message = `the ticket ${id} is given up: ${who}, and ${why}`
  return { service, id, entrypoint, reason: 'abandoned', message }
}
