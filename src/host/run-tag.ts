/** Names the run that the calling code is part of. */
import type { RunTag } from '../kernel/output/run-notes.js'
import { currentRun } from '../kernel/run-context.js'

/** Undefined outside of runs of timers: in calls, in `onStart`. */
export function currentTag(): RunTag | undefined {
  const tick = currentRun()?.tick
  return tick && { entrypoint: tick.entrypoint, sequence: tick.sequence }
}
