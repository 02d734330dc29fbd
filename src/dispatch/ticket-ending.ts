/** What becomes of a ticket when its run has ended. Pure. */
import type { HeldTicket, Settlement } from '../kernel/ticket.js'
import type { AbortCause, Outcome, ReturnReason } from '../kernel/vocabulary.js'
import type { RunReport } from './executor.js'

export interface TicketEnding {
  readonly settlement: Settlement
  /** Why the ticket goes back to the queue; undefined when it has ended with an outcome. */
  readonly returned: ReturnReason | undefined
}

/**
 * Judges a run whose method was called. A run that a stop or the loss of the lock has cut off goes back to the queue, unless it
 * may not be delivered twice. A failed attempt is followed by another one while there are attempts left. A time-out, a crash
 * and an abort by hand end a ticket, as they end a run of any other scope.
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
