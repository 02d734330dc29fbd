/** Ends the runs and calls that are in progress when a stop begins. */
import { onceAborted } from '../../coordinate/until-aborted.js'
import type { Micros } from '../../kernel/time.js'
import type { Running } from '../assemble.js'

/** How long a stop waits for the exits of killed threads, after drain and grace. */
const EXIT_MARGIN: Micros = 1_000_000

/**
 * Lets runs and calls end; aborts the runs that have not ended at the end of the drain, and kills those that do not end within
 * their grace. When `forced` has aborted, it does not wait for calls.
 */
export async function endRuns(
  { clock, stopper, router, lanes }: Running,
  drain: Micros,
  forced: AbortSignal,
): Promise<void> {
  const called = Promise.race([router.drained(), onceAborted(forced)])
  const ended = Promise.all([stopper.stop(), called])
  const cancel = clock.after(drain, () => stopper.abortAll('stopping'))
  const longestGrace = Math.max(0, ...lanes.map(({ definition }) => definition.abortGrace))
  const deadline = new AbortController()
  await Promise.race([ended, clock.sleep(drain + longestGrace + EXIT_MARGIN, deadline.signal).catch(() => {})])
  deadline.abort()
  cancel()
}
