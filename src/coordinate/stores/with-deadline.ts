/** Sends a store request with a deadline; no answer in time is a failure. */
import type { Clock } from '../../kernel/clock.js'
import { EscapementError } from '../../kernel/errors.js'
import { formatSpan, type Micros } from '../../kernel/time.js'

/** The store did not answer in time: it is unknown whether it carried out the request. */
export class StoreTimeoutError extends EscapementError {}

/**
 * Rejects with the request's error, or after `within` with a {@link StoreTimeoutError}, and then aborts the request's
 * signal. When `within` is not positive, no request is sent. A late answer is passed to `onLate`; a late failure is
 * ignored. After a freeze of the process the answer and the deadline may both be pending: the clock decides which one
 * counts, not the order of the callbacks.
 */
export function withDeadline<Answer>(
  clock: Clock,
  within: Micros,
  request: (signal: AbortSignal) => Promise<Answer>,
  onLate?: (answer: Answer) => void,
): Promise<Answer> {
  const controller = new AbortController()
  const abort = (error: StoreTimeoutError) => controller.abort(error)
  return answerWithin(clock, within, () => request(controller.signal), abort, onLate)
}

/** The same for a request that cannot be aborted: it costs no signal. `onTimeOut` is called before the promise rejects. */
export function answerWithin<Answer>(
  clock: Clock,
  within: Micros,
  request: () => Promise<Answer>,
  onTimeOut?: (error: StoreTimeoutError) => void,
  onLate?: (answer: Answer) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const deadline = clock.now() + within
    let isSettled = false
    const timeOut = () => {
      if (isSettled) return
      isSettled = true
      const error = new StoreTimeoutError('ERR_STORE_TIMEOUT', `the store did not answer within ${formatSpan(within)}`)
      onTimeOut?.(error)
      reject(error)
    }
    if (within <= 0) return timeOut()
    const cancel = clock.after(within, timeOut)
    const isLate = () => {
      cancel()
      if (clock.now() > deadline) timeOut()
      return isSettled
    }
    const send = async () => request()
    send().then(
      (answer) => {
        if (isLate()) return onLate?.(answer)
        isSettled = true
        resolve(answer)
      },
      (error) => {
        if (isLate()) return
        isSettled = true
        reject(error)
      },
    )
  })
}
