/** Adds a ticket to its queue and finds out what became of it. */
import type { IQueueBackend, Queue } from 'bullmq'
import { InternalError } from '../../kernel/errors.js'
import type { Offered, Ticket, TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import type { QueueServer } from './queue-server.js'
import { jobOptions } from './ticket-job.js'

export type TicketQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend>

const MOST_TRIES = 5

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
    // On Postgres a job that is added again would be entered as the one that its lane waits for, even when it has finished.
    if (server.mustLookBeforeAdding && (await isKnown(id))) return { kind: 'kept' }
    const { id: answer } = await queue.add(entrypoint, ticket, jobOptions(ticket, retain))
    if (answer === id || answer === undefined) return { kind: 'kept' }
    const state = await backend.getState(answer)
    if (state === 'completed' || state === 'failed' || state === 'unknown') {
      // It has finished meanwhile, or its lane was not freed when it did: nothing happens if the lane has another by now.
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
