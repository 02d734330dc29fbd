/**
 * The port to the store that keeps tickets (scope `queue`). It is used on the queue thread and in tests.
 *
 * A store answers or throws. An answer was true at one moment. An error means that the result is unknown: the request may have
 * been carried out. Offering, renewing and settling can be repeated.
 *
 *               offer              take                 settle: completed, failed, expired
 *     (unknown) -----> waiting  -----------> active  ------------------------------------> settled, kept for a while
 *                        ^ ^                  | |  |
 *                        | +---- returned ----+ |  +-- failed, with attempts left --> delayed -- after the backoff --> waiting
 *                        +-- recover: lock lapsed
 *
 * R1. A ticket that the store knows, settled ones included, is never kept twice.
 * R2. At most one holder at a time: a lock that was not renewed for its length can pass to another instance, never before.
 * R3. A settlement is accepted only from the holder that the store knows. Repeating an accepted one is accepted, unless the
 *     ticket was handed out again meanwhile.
 * R4. Of the tickets of a lane that are not `overlap: 'allow'`, at most one is not settled; one more may be noted as the next.
 * R5. A ticket that is given up without a settlement of a holder is reported to {@link RunQueueOptions.onDiscarded}.
 */
import type { Clock } from '../kernel/clock.js'
import type { Offered, QueueDepth, Settlement, Ticket, TicketId } from '../kernel/ticket.js'
import type { Micros } from '../kernel/time.js'

/** What proves to the store that a ticket is ours. Plain data. */
export interface TicketLock {
  readonly service: string
  readonly id: TicketId
  /** Unique to one hand-out. */
  readonly token: string
}

/** A ticket that was handed to us. Plain data. */
export interface TakenTicket extends TicketLock {
  readonly ticket: Ticket
  /** 1 for the first. */
  readonly attempt: number
  /** 1 for the first hand-out. */
  readonly delivery: number
  /** The holder of an earlier hand-out was lost: its lock lapsed before it had settled or returned the ticket. */
  readonly redelivered: boolean
  /** The lock is certainly ours before this moment of the monotonic clock. */
  readonly heldUntil: Micros
}

export interface Renewal {
  /** The locks that were renewed are certainly ours before this moment. */
  readonly heldUntil: Micros
  /** Tokens of the locks that are no longer ours. */
  readonly lost: ReadonlySet<string>
}

/** The answer to a settlement, and the ticket that was taken with it. */
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
  /** `abandoned`: too many of its holders were lost. `unreadable`: its record is none of ours. */
  readonly reason: 'abandoned' | 'unreadable'
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
  /** How long the store knows a settled ticket at least. */
  readonly retain: Micros
  readonly clock: Clock
  readonly onDiscarded: (discarded: DiscardedTicket) => void
  /** Errors outside of requests, such as a connection that broke; for the log. */
  readonly onError: (error: Error) => void
}

export interface RunQueue {
  offer(ticket: Ticket): Promise<Offered>
  /**
   * Takes one ticket of the service. Waits a few seconds for one; then, or when the signal aborts, it resolves to undefined. One
   * call at a time for each service.
   */
  take(service: string, signal: AbortSignal): Promise<TakenTicket | undefined>
  /** Renews locks of one service. */
  renew(service: string, locks: readonly TicketLock[]): Promise<Renewal>
  settle(lock: TicketLock, settlement: Settlement): Promise<'accepted' | 'refused'>
  /**
   * Settles a ticket and takes the next one of its service in the same request, if one waits. Nothing is taken when the settlement is
   * refused or a repetition of an accepted one, nor when the ticket can be handed out again (see {@link isLastSettlement}). When the
   * answer is lost, a ticket that was taken with it is handed out again after its lock has lapsed.
   */
  settleAndTake(lock: TicketLock, settlement: Settlement): Promise<SettledAndTaken>
  /** Hands out again what is active and whose lock has lapsed for two calls. Every instance calls this from time to time. */
  recover(service: string): Promise<void>
  depth(service: string): Promise<QueueDepth>
  /** Those of the tickets of which the store knows nothing. */
  missing(service: string, ids: readonly TicketId[]): Promise<readonly TicketId[]>
  /** A sentence for each setting of the store that its guarantees need and that does not hold. Rejects when the store does not answer. */
  check(): Promise<readonly string[]>
  /** Closes the connections. Ends no lock: the caller settles before. */
  close(): Promise<void>
}

/** Whether a ticket is never handed out again after this settlement. */
export function isLastSettlement(settlement: Settlement): boolean {
  return settlement.kind !== 'returned' && !(settlement.kind === 'failed' && settlement.retry)
}
