/**
 * The port through which the dispatcher offers tickets to the queue and settles the tickets that it has taken. The client of the queue
 * thread implements it, and so does the test kit, on a virtual clock. Moments are on the monotonic clock.
 */
import type { HeldTicket, Offered, Settled, Settlement, Ticket } from '../kernel/ticket.js'
import type { Micros } from '../kernel/time.js'

/** `unknown`: the store did not answer in time, so it may or may not keep the ticket. */
export type OfferAnswer = Offered | { readonly kind: 'unknown' }

export interface TicketQueue {
  /** Repeats an offer until the store has answered or `giveUpAt` has passed. `done` is called exactly once, after this call has returned. */
  offer(ticket: Ticket, giveUpAt: Micros, done: (answer: OfferAnswer) => void): void
  /** Settles a ticket that was taken. Call it once for each ticket. `done` is called exactly once, after this call has returned. */
  settle(held: HeldTicket, settlement: Settlement, done: (settled: Settled) => void): void
  /** Until when this instance certainly holds a ticket; later with each renewal of the lock, and 0 when the lock is lost. */
  validUntil(held: HeldTicket): Micros
}
