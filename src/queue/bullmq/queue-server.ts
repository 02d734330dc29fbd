/** What differs between the stores under BullMQ. */
import type { BackendFactory, ConnectionOptions, IQueueBackend } from 'bullmq'
import type { TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'

export interface QueueServer {
  readonly connection: ConnectionOptions
  readonly backendFactory: BackendFactory<IQueueBackend>
  /** Whether adding a job that exists can change which job its lane keeps as the next one. */
  readonly mustLookBeforeAdding: boolean
  /** How long before the end of its lock a holder must stop relying on it, because the clocks of instances may differ by so much. */
  readonly clockMargin: Micros
  /** Rejects while there is no connection to the store. */
  ready(): Promise<void>
  /** The ticket that is kept aside as the next of a lane. */
  nextOf(backend: IQueueBackend, queue: string, lane: string): Promise<TicketId | undefined>
  /** Returns a sentence for each setting of the store that does not fit; none when all fit. */
  check(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Ends the sentences of {@link QueueServer.check}: where each problem is explained. */
export const DOCS = 'see "What the store must be set to" in docs/queue.md'
