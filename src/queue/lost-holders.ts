/** When a ticket is given up because instances that held it died or lost its lock. */
import type { Ticket } from '../kernel/ticket.js'
import type { DiscardedTicket } from './run-queue.js'

/** So many holders of a ticket may be lost. A ticket that ends every process that takes it must not go round for ever. */
const MOST_LOST_HOLDERS = 3

/** Whether a ticket is handed out again after `lost` holders were lost. One that is to run at most once is not. */
export function mayBeHandedOutAgain({ atMostOnce }: Ticket, lost: number): boolean {
  return lost <= (atMostOnce ? 0 : MOST_LOST_HOLDERS)
}

export function abandoned({ service, id, entrypoint, atMostOnce }: Ticket, lost: number): DiscardedTicket {
  const who = lost === 1 ? 'its holder was lost' : `${lost} of its holders were lost`
  const why = atMostOnce ? 'it is to run at most once' : `at most ${MOST_LOST_HOLDERS} may be lost`
  const message = `the ticket ${id} is given up: ${who}, and ${why}`
  return { service, id, entrypoint, reason: 'abandoned', message }
}
