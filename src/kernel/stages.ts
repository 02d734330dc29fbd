/**
 * Tells how far a tick has come on its way from the alarm of the scheduler to its method, for whoever measures the way.
 *
 * A stage is published on the diagnostics channel {@link STAGE_CHANNEL} of the thread on which it is reached. Without a
 * subscriber on that thread nothing is created and no clock is read. benchmarks/stages.ts subscribes.
 */
import { channel } from 'node:diagnostics_channel'
import type { Micros } from './time.js'

const STAGE_CHANNEL = 'escapement:stage'

/**
 * In the order in which a tick that is handed over early reaches them. Main thread: `woken` (by the alarm), `sending`, `sent`.
 * Worker thread: `received`, `at_gate`, `awake` (in the gate), `rehearsed`; then the method starts.
 */
export type Stage = 'woken' | 'sending' | 'sent' | 'received' | 'at_gate' | 'awake' | 'rehearsed'

/** What a subscriber receives. */
export interface ReachedStage {
  readonly stage: Stage
  /** The due moment of the tick; of `woken`: what the alarm was set for. */
  readonly dueMono: Micros
  readonly at: Micros
}

const stages = channel(STAGE_CHANNEL)

/** Publishes that a tick has reached a stage. The clock is read only when somebody has subscribed. */
export function reachStage(stage: Stage, dueMono: Micros, clock: { now(): Micros }): void {
  if (stages.hasSubscribers) stages.publish({ stage, dueMono, at: clock.now() } satisfies ReachedStage)
}
