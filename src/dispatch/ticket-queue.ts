/**
 * The port through which the dispatcher hands ticks over to the queue of scope `queue`, and says what became of those that it took.
 * The client of the queue thread implements it, and so does the test kit, on a virtual clock.
 */
import type { HeldTicket, Offered, Settled, Settlement, Ticket } from '../kernel/ticket.js'
import type { Micros } from '../kernel/time.js'

/** `unknown`: the store did not answer in time, so it may have the ticket. */
export type OfferAnswer = Offered | { readonly kind: 'unknown' }

export interface TicketQueue {
  /** Offers a ticket until the store has answered or `giveUpAt` has passed. `done` is called exactly once, later. */
  offer(ticket: Ticket, giveUpAt: Micros, done: (answer: OfferAnswer) => void): void
  /** Says what became of a ticket that was taken. Call it once for each. `done` is called exactly once, later. */
  settle(held: HeldTicket, settlement: Settlement, done: (settled: Settled) => void): void
  /** Until when this instance certainly holds a ticket. It grows as the lock is renewed. */
  validUntil(held: HeldTicket): Micros
}
