import { StartError } from '../../kernel/errors.js'

/** The error of a start whose queue threads have all ended before the queue was open; `cause` is that of the last one. */
export function endedAtStart(times: number, cause: Error | undefined): StartError {
  const why = cause ? `: ${cause.name}: ${cause.message}` : ''
  const message = `the queue thread ended ${times} times before the queue was open${why}`
  return new StartError('ERR_QUEUE_THREAD', message, { cause })
}
