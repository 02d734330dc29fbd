/** Waiting with a limit. */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'

/** How long the exit of a terminated thread may take before it is called a zombie: native code holds it. */
export const EXIT_DEADLINE: Micros = 1_000_000

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
