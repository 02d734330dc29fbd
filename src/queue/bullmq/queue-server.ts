/** What differs between the stores under BullMQ. */
import type { BackendFactory, ConnectionOptions, IQueueBackend } from 'bullmq'
import type { TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'

export interface QueueServer {
  readonly connection: ConnectionOptions
  readonly backendFactory: BackendFactory<IQueueBackend>
  /** Whether adding a job that exists can change what is known of its lane. */
  readonly mustLookBeforeAdding: boolean
  /** How much earlier than its lock ends a holder must not rely on it: clocks of instances may differ by so much. */
  readonly clockMargin: Micros
  /** Rejects while the store cannot be asked. */
  ready(): Promise<void>
  /** The ticket that is kept aside as the next of a lane. */
  nextOf(backend: IQueueBackend, queue: string, lane: string): Promise<TicketId | undefined>
  check(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Where an explanation of each problem stands. */
export const DOCS = 'see "What the store must be set to" in docs/queue.md'
