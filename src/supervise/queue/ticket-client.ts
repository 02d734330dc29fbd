/** The port through which the engine of this instance uses the queue. `QueueClient` implements it. */
import type { TicketQueue } from '../../dispatch/ticket-queue.js'
import type { TicketDiscarded } from '../../kernel/events.js'
import type { HeldTicket, QueueDepth, TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'

export interface TicketClient extends TicketQueue {
  /** Resolves when tickets can be offered and taken. @throws ConfigError when the queue cannot be used as it is configured. */
  open(): Promise<void>
  /** Sets how many more tickets of a service this instance may take from now on; 0 before the first call. */
  setRoom(service: string, room: number): void
  /** The last depth that the store has told, by service. A service is missing as long as the store has told none. */
  depths(): ReadonlyMap<string, QueueDepth>
  /** Resolves to the ids that the store does not know. Rejects when it does not answer. */
  missing(service: string, ids: readonly TicketId[]): Promise<readonly TicketId[]>
  /** The problems of the queue, one sentence each. */
  readonly trouble: readonly string[]
  /** Takes no more tickets, and waits for settlements without an answer, at most until `deadline` on the monotonic clock. */
  close(deadline: Micros): Promise<void>
}

export interface TicketClientOptions {
  /** The services with a timer of scope `queue`. */
  readonly services: readonly string[]
  /** Called with each ticket that this instance has taken. */
  readonly onTaken: (held: HeldTicket) => void
  /** Called when this instance gives a ticket up: no instance runs it again. */
  readonly onDiscarded?: (discarded: TicketDiscarded) => void
}

export type ConnectQueue = (options: TicketClientOptions) => TicketClient
