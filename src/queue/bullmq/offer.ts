/** Adds a ticket to its queue and finds out whether the store keeps it. */
import type { IQueueBackend, Queue } from 'bullmq'
import { InternalError } from '../../kernel/errors.js'
import type { Offered, Ticket, TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import type { QueueServer } from './queue-server.js'
import { jobOptions } from './ticket-job.js'

export type TicketQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend>

const MOST_TRIES = 5

/**
 * Resolves to what the store did with the ticket. BullMQ answers with the id of the job that it has: the ticket's own id, or that of an
 * earlier ticket of the lane.
 *
 * @throws InternalError when the store has answered {@link MOST_TRIES} times with an earlier ticket that had ended.
 */
export async function offerTicket(
  queue: TicketQueue,
  server: QueueServer,
  ticket: Ticket,
  retain: Micros,
): Promise<Offered> {
  const { backend } = queue
  const isKnown = async (id: TicketId) => (await backend.getState(id)) !== 'unknown'
  const { id, lane, entrypoint } = ticket
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    // On Postgres, a job that is added again would be kept as the next job of its lane, even when it has finished.
    if (server.mustLookBeforeAdding && (await isKnown(id))) return { kind: 'kept' }
    const { id: answer } = await queue.add(entrypoint, ticket, jobOptions(ticket, retain))
    if (answer === id || answer === undefined) return { kind: 'kept' }
    const state = await backend.getState(answer)
    if (state === 'completed' || state === 'failed' || state === 'unknown') {
      // The earlier job has finished in between, or BullMQ did not free the lane at its end. Frees the lane, unless another job has it now.
      await backend.removeDeduplicationKey(lane, answer)
      continue
    }
    if (ticket.overlap === 'wait') {
      if ((await server.nextOf(backend, queue.name, lane)) === id) return { kind: 'next', holder: answer }
      if (await isKnown(id)) return { kind: 'kept' }
    }
    return { kind: 'running', holder: answer }
  }
  throw new InternalError(`the ticket ${id} was answered ${MOST_TRIES} times with one that had ended`)
}
