import { EscapementError } from '../kernel/errors.js'

/** There is no connection to the store of the queue. The request was not sent, so it has certainly not been carried out. */
export class QueueUnreachableError extends EscapementError {
  constructor(place: string, cause?: unknown) {
    const why = cause instanceof Error ? `: ${cause.message || (cause as { code?: string }).code}` : ''
    super('ERR_QUEUE_UNREACHABLE', `there is no connection to ${place}${why}`, { cause })
  }
}
