/**
 * The port to the store that keeps tickets (scope `queue`). It is used on the queue thread and in tests.
 *
 * A request to the store resolves or rejects. An answer was true at one moment between the request and the answer. An error means that
 * the result is unknown: the store may have carried out the request. Offering, renewing and settling can be repeated without harm.
 *
 *               offer              take                 settle: completed, failed, expired
 *     (unknown) -----> waiting  -----------> active  ------------------------------------> settled, kept for a while
 *                        ^ ^                  | |  |
 *                        | +---- returned ----+ |  +-- failed, with attempts left --> delayed -- after the backoff --> waiting
 *                        +-- recover: lock lapsed
 *
 * R1. A ticket that the store knows, settled ones included, is never kept twice.
 * R2. A ticket has at most one holder at a time. Another instance can get it only when its lock has not been renewed for the length of
 *     a lock, or when the holder has settled it.
 * R3. A settlement is accepted only from the holder that the store knows. A repetition of an accepted settlement is accepted too, unless
 *     the ticket was handed out again in between.
 * R4. Of the tickets of a lane with overlap `skip` or `wait`, at most one is not settled. With `wait` the store may also keep one aside:
 *     the next ticket of the lane, which can be taken when the one before it has been settled.
 * R5. A ticket that is given up, although no holder has settled it, is reported to {@link RunQueueOptions.onDiscarded}.
 */
import type { Clock } from '../kernel/clock.js'
import type { Offered, QueueDepth, Settlement, Ticket, TicketId } from '../kernel/ticket.js'
import type { Micros } from '../kernel/time.js'
import type { DiscardReason } from '../kernel/vocabulary.js'

/** Proves to the store that this instance holds a ticket. Plain data. */
export interface TicketLock {
  readonly service: string
  readonly id: TicketId
  /** Unique: another token is made each time that a ticket is handed out. */
  readonly token: string
}

/** A ticket that this instance has taken. Plain data. */
export interface TakenTicket extends TicketLock {
  readonly ticket: Ticket
  /** Number of the attempt; 1 for the first. A ticket that is returned or whose holder is lost keeps its number. */
  readonly attempt: number
  /** How often the ticket has been handed out, this time included; 1 for the first time. */
  readonly delivery: number
  /** The holder of an earlier hand-out was lost: its lock lapsed before it had settled or returned the ticket. */
  readonly redelivered: boolean
  /** This instance certainly holds the lock before this moment of its monotonic clock. */
  readonly heldUntil: Micros
}

export interface Renewal {
  /** This instance certainly holds the renewed locks before this moment of its monotonic clock. */
  readonly heldUntil: Micros
  /** Tokens of the locks that this instance no longer holds. */
  readonly lost: ReadonlySet<string>
}

/** The answer to a settlement, and the ticket that was taken in the same request; undefined when none was taken. */
export interface SettledAndTaken {
  readonly settled: 'accepted' | 'refused'
  readonly next: TakenTicket | undefined
}

/** A ticket that the store gave up. */
export interface DiscardedTicket {
  readonly service: string
  readonly id: TicketId
  /** Undefined: the record in the store cannot be read. */
  readonly entrypoint: string | undefined
  readonly reason: DiscardReason
  /** A sentence for the log. */
  readonly message: string
}

export interface RunQueueOptions {
  /** `redis://...`, `postgres://...` or `memory:`. */
  readonly url: string
  /** Separates deployments that share a store. */
  readonly namespace: string
  /** How long a lock lasts without a renewal. */
  readonly lock: Micros
  /** How long, at least, the store remembers a ticket after it was settled. */
  readonly retain: Micros
  readonly clock: Clock
  readonly onDiscarded: (discarded: DiscardedTicket) => void
  /** Errors outside of requests, such as a connection that broke; for the log. */
  readonly onError: (error: Error) => void
}

/** Each method rejects when the store cannot be reached or does not answer as expected. */
export interface RunQueue {
  offer(ticket: Ticket): Promise<Offered>
  /**
   * Takes one ticket of the service. Waits a few seconds for one; then, or when the signal aborts, it resolves to undefined. One
   * call at a time for each service.
   */
  take(service: string, signal: AbortSignal): Promise<TakenTicket | undefined>
  /** Renews locks of one service, each for the length of a lock from now. */
  renew(service: string, locks: readonly TicketLock[]): Promise<Renewal>
  settle(lock: TicketLock, settlement: Settlement): Promise<'accepted' | 'refused'>
  /**
   * Settles a ticket and takes the next one of its service in the same request, if one waits. It takes none when the settlement is
   * refused or a repetition of an accepted one, nor when the settled ticket can be handed out again (see {@link isLastSettlement}). When
   * the answer is lost, the ticket that was taken is handed out again after its lock has lapsed.
   */
  settleAndTake(lock: TicketLock, settlement: Settlement): Promise<SettledAndTaken>
  /**
   * Makes tickets waiting again whose locks have lapsed. A store may need two calls: one notices a lapsed lock, the next one moves the
   * ticket. Every instance calls this from time to time.
   */
  recover(service: string): Promise<void>
  /** How many tickets of the service are in each state, counted now. */
  depth(service: string): Promise<QueueDepth>
  /** Returns the ids that the store does not know. */
  missing(service: string, ids: readonly TicketId[]): Promise<readonly TicketId[]>
  /** Returns a sentence for each setting of the store that does not fit the guarantees of the queue; none when all fit. */
  check(): Promise<readonly string[]>
  /** Closes the connections. It ends no lock: settle the tickets before. */
  close(): Promise<void>
}

/** Whether the store never hands out a ticket again after this settlement. */
export function isLastSettlement(settlement: Settlement): boolean {
  return settlement.kind !== 'returned' && !(settlement.kind === 'failed' && settlement.retry)
}
