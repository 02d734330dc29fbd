import type { Micros } from './time.js'

/**
 * How long a killed thread may take to exit before it is reported as a zombie. What ends a run before a lease or a lock does must leave so
 * much time.
 */
export const KILL_CONFIRM: Micros = 1_000_000
