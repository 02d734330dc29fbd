/** How long a stop may take: what a deployment waits before it kills the process must be longer. */

import { splitConfig } from '../../src/config/settings.js'
import { microsFromMillis, secondsFromMicros } from '../../src/kernel/time.js'

/** After the drain: the default abortGrace and the exit of killed threads (1 s each), onStop (5 s), the last lines (2 s). */
const AFTER_DRAIN = microsFromMillis(9_000)

/** In seconds, with this configuration. */
export function stopTime(config: Readonly<Record<string, unknown>>): number {
  return secondsFromMicros(splitConfig(config).settings.shutdown.drain + AFTER_DRAIN)
}
