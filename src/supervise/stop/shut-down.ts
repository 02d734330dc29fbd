/** Stops all parts of an engine, in good order. */
import type { Micros } from '../../kernel/time.js'
import type { Running } from '../assemble.js'
import type { PoolThreads } from '../make-pools.js'
import type { Pauses } from '../pauses/pauses.js'
import { closeStopped } from './close-all.js'
import { endRuns } from './end-runs.js'

export interface ShutDown {
  readonly pauses: Pauses | undefined
  /** How long runs and calls may take to end. Undefined: none has begun. */
  readonly drain: Micros | undefined
  /** Aborted: nothing is waited for any more but exits. */
  readonly forced: AbortSignal
  /** Gets the services that do not stop in time, at once. */
  readonly cutOff: Set<string>
}

/** How long the services of a thread may take to stop when no run is in progress on it. */
const STOP_GRACE: Micros = 5_000_000

export async function shutDown(
  running: Running<PoolThreads>,
  { pauses, drain, forced, cutOff }: ShutDown,
): Promise<void> {
  running.scheduler.stop()
  running.audit.stop()
  running.coordinator.drain()
  running.queue?.drain()
  if (drain !== undefined) await endRuns(running, drain, forced)
  await closeStopped(running, pauses, forced.aborted ? 0 : STOP_GRACE, cutOff)
}
