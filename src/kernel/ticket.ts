/**
 * Tickets: ticks that were handed to the queue of scope `queue`, for whichever instance takes them.
 *
 * An instance *offers* a ticket to the store. An instance with a free thread *takes* it and holds it under a lock, which
 * another thread renews, until it *settles* it. A ticket whose holder no longer renews the lock is handed out again.
 */
import type { Backoff } from './definitions.js'
import type { Millis } from './time.js'
import type { Overlap } from './vocabulary.js'

/** `service.method[#name]@<due, in whole microseconds since 1970>us`. Equal on every instance that computes the same tick. */
export type TicketId = string

/** Plain data: it is sent between threads and kept by the store as JSON. */
export interface Ticket {
  readonly id: TicketId
  readonly service: string
  /** Id of the lane, `service.method`. `overlap` holds for all tickets of a lane, on all instances together. */
  readonly lane: string
  /** Id of the timer, `service.method[#name]`. */
  readonly entrypoint: string
  /** The number of the tick. */
  readonly sequence: number
  /** When the tick came due, on the wall clock. */
  readonly dueAt: Millis
  /** The end of the start deadline on the wall clock: later, no run of it begins. Undefined: there is none. */
  readonly expiresAt: Millis | undefined
  readonly overlap: Exclude<Overlap, 'replace'>
  /** How many attempts the ticket has in all; at least 1. */
  readonly attempts: number
  /** How long the store keeps the ticket back before the next attempt. */
  readonly backoff: Backoff
  /** True: a ticket whose holder died is not handed out again. */
  readonly atMostOnce: boolean
}

/** What the store did with an offered ticket. The same ticket may be offered again at any time. */
export type Offered =
  /** The store keeps it, or kept it before, or has settled it before. */
  | { readonly kind: 'kept' }
  /** `overlap: 'skip'`: not kept, because the earlier ticket `holder` of the lane is not settled. */
  | { readonly kind: 'running'; readonly holder: TicketId }
  /** `overlap: 'wait'`: kept as the one that follows `holder`. A later ticket of the lane that waits likewise takes its place. */
  | { readonly kind: 'next'; readonly holder: TicketId }

/** A ticket that this instance holds. Plain data. */
export interface HeldTicket {
  /** Its number in this process: unique, also when the queue thread has been restarted. */
  readonly key: number
  readonly ticket: Ticket
  /** 1 for the first. At most {@link Ticket.attempts}. */
  readonly attempt: number
  /** 1 for the first; grows with each time that the ticket is handed out, on any instance. */
  readonly delivery: number
  /** An instance had taken it before, and died or lost the lock without settling it. False after a return or a retry. */
  readonly redelivered: boolean
}

/** What the holder tells the store at the end. */
export type Settlement =
  | { readonly kind: 'completed' }
  /** `retry`: hand it out again after the backoff, if it has attempts left. */
  | { readonly kind: 'failed'; readonly message: string; readonly retry: boolean }
  /** Its start deadline had passed: it was not run. */
  | { readonly kind: 'expired' }
  /** It was not run, or a stop cut its run off: another instance takes it, and no attempt is used up. */
  | { readonly kind: 'returned' }

/**
 * Whether the store took the settlement. `refused`: it did not, because the lock had passed to another instance or had lapsed;
 * what the holder says about the ticket does not count. `unknown`: the store did not answer in time.
 */
export type Settled = 'accepted' | 'refused' | 'unknown'

export interface QueueDepth {
  /** Ready to be taken. */
  readonly waiting: number
  /** Held by an instance. */
  readonly active: number
  /** Kept back until the backoff before their next attempt is over. */
  readonly delayed: number
  /** When the oldest of the waiting tickets came due; undefined when none waits. */
  readonly oldestDueAt: Millis | undefined
}

/** Where the tickets of a queue are: the values of `escapement_queue_depth{state}`. See {@link QueueDepth}. */
export const QUEUE_STATES = ['waiting', 'active', 'delayed'] as const

/** What can happen to a ticket: the values of `escapement_queue_tickets_total{event}`. */
export const TICKET_EVENTS = [
  /** An offered ticket is kept by the store. */
  'kept',
  /** An offered ticket was not kept: an earlier one of the lane is not settled. */
  'busy',
  /** The store did not answer an offer in time. */
  'unknown',
  'taken',
  /** A ticket was taken that an instance had taken before and had not settled. */
  'redelivered',
  'returned',
  'expired',
  /** The store refused a settlement: this instance had lost the lock. */
  'refused',
  /** The store gave a ticket up because its holders were lost; this instance was the one to find it. */
  'abandoned',
] as const

export type TicketEvent = (typeof TICKET_EVENTS)[number]
