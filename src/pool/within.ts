/** Waiting with a limit. */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'

/** What the promise resolves with; undefined when it has not within `span`. No timer is left behind. */
export async function within<Value>(clock: Clock, span: Micros, promise: Promise<Value>): Promise<Value | undefined> {
  let cancel = () => {}
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(span, () => resolve(undefined))
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    cancel()
  }
}
