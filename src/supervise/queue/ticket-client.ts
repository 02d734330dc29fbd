/** The port to the client of the queue: what this instance asks of it. */
import type { TicketQueue } from '../../dispatch/ticket-queue.js'
import type { HeldTicket, QueueDepth, TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'

export interface TicketClient extends TicketQueue {
  /** Resolves when tickets can be offered and taken. @throws ConfigError when the queue cannot be used as it is configured. */
  open(): Promise<void>
  /** How many more tickets of a service may be handed to this instance now; 0: none. */
  setRoom(service: string, room: number): void
  /** Of each service, as last heard from the store. */
  depths(): ReadonlyMap<string, QueueDepth>
  /** Those of the tickets of which the store knows nothing. Rejects when it does not answer. */
  missing(service: string, ids: readonly TicketId[]): Promise<readonly TicketId[]>
  /** One sentence for each thing that is wrong. */
  readonly trouble: readonly string[]
  /** Takes nothing more, and waits for open settlements, at most until `deadline` on the monotonic clock. */
  close(deadline: Micros): Promise<void>
}

export interface TicketClientOptions {
  /** The services with a timer of scope `queue`. */
  readonly services: readonly string[]
  readonly onTaken: (held: HeldTicket) => void
  /** Called when this instance finds that a ticket is given up: no instance runs it again. `entrypoint`: undefined when it cannot be read. */
  readonly onDiscarded?: (discarded: { readonly entrypoint: string | undefined }) => void
}

export type ConnectQueue = (options: TicketClientOptions) => TicketClient
