/** A request to the store that takes no answer in time for a failure. */
import type { Clock } from '../../kernel/clock.js'
import { EscapementError } from '../../kernel/errors.js'
import { formatSpan, type Micros } from '../../kernel/time.js'

/** The store did not answer in time: whether it did what it was asked for is unknown. */
export class StoreTimeoutError extends EscapementError {}

/**
 * Rejects with what the request rejects with, or with a {@link StoreTimeoutError} after `within`; the request's signal is
 * aborted then. With no time left at all, nothing is asked. An answer that comes later goes to `onLate`, if it is an answer at all. A process that was frozen may
 * find the answer and the end of its patience waiting at once: the clock decides, not which of the two is seen first.
 */
export function ask<Answer>(
  clock: Clock,
  within: Micros,
  request: (signal: AbortSignal) => Promise<Answer>,
  onLate?: (answer: Answer) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController()
    const deadline = clock.now() + within
    let isOver = false
    const giveUp = () => {
      if (isOver) return
      isOver = true
      const error = new StoreTimeoutError('ERR_STORE_TIMEOUT', `the store did not answer within ${formatSpan(within)}`)
      controller.abort(error)
      reject(error)
    }
    if (within <= 0) return giveUp()
    const cancel = clock.after(within, giveUp)
    const isLate = () => {
      cancel()
      if (clock.now() > deadline) giveUp()
      return isOver
    }
    const send = async () => request(controller.signal)
    send().then(
      (answer) => {
        if (isLate()) return onLate?.(answer)
        isOver = true
        resolve(answer)
      },
      (error) => {
        if (isLate()) return
        isOver = true
        reject(error)
      },
    )
  })
}
