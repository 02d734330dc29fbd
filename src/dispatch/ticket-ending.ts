/** Decides how a ticket is settled when its run has ended. Pure. */
import type { HeldTicket, Settlement } from '../kernel/ticket.js'
import type { AbortCause, Outcome, ReturnReason } from '../kernel/vocabulary.js'
import type { RunReport } from './executor.js'

export interface TicketEnding {
  readonly settlement: Settlement
  /** Why the ticket returns to the queue; undefined when the ticket has ended with the outcome of its run. */
  readonly returned: ReturnReason | undefined
}

/**
 * Decides for a run whose method was called. When a stop or the loss of the lock has cut off the run, the ticket returns to the queue,
 * unless it is to run at most once. After a failed attempt, another one follows as long as attempts are left. A time-out, a crash and an
 * abort by hand end the ticket without another attempt, as they end a run of any other scope.
 */
export function endingOf(
  { ticket, attempt }: HeldTicket,
  outcome: Outcome,
  { error }: Pick<RunReport, 'error'>,
  cause: AbortCause | undefined,
): TicketEnding {
  if (outcome === 'completed' || outcome === 'declined')
    return { settlement: { kind: 'completed' }, returned: undefined }
  if (outcome === 'aborted' && !ticket.atMostOnce) {
    if (cause === 'stopping') return { settlement: { kind: 'returned' }, returned: 'stopping' }
    if (cause === 'lease_lost') return { settlement: { kind: 'returned' }, returned: 'lock_lost' }
  }
  const message = error ? `${error.name}: ${error.message}` : outcome
  if (outcome === 'failed' && attempt < ticket.attempts) {
    return { settlement: { kind: 'failed', message, retry: true }, returned: 'retry' }
  }
  return { settlement: { kind: 'failed', message, retry: false }, returned: undefined }
}
