import { EscapementError } from '../kernel/errors.js'

/** The store of the queue cannot be asked: it was not sent anything. */
export class QueueUnreachableError extends EscapementError {
  constructor(place: string, cause?: unknown) {
    const why = cause instanceof Error ? `: ${cause.message || (cause as { code?: string }).code}` : ''
    super('ERR_QUEUE_UNREACHABLE', `the store of the queue at ${place} cannot be reached${why}`, { cause })
  }
}
