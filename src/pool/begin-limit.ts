import type { TimerDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'

/** For timers without a time-out. */
const DEFAULT_LIMIT: Micros = 10_000_000

/**
 * How long a run that was handed over may wait to begin while nothing else is in progress on its thread: its time-out and grace.
 * Beyond it the thread hangs outside of any run.
 */
export function beginLimitOf({ timeout, abortGrace }: Pick<TimerDefinition, 'timeout' | 'abortGrace'>): Micros {
  return timeout === undefined ? DEFAULT_LIMIT : timeout + abortGrace
}
