/** Creates the parts of the dispatcher, which turns ticks into outcomes, and connects them. */
import type { Counters } from '../counters/counters.js'
import type { Clock } from '../kernel/clock.js'
import type { TimerDefinition, Window } from '../kernel/definitions.js'
import type { Events } from '../kernel/events.js'
import type { Micros, Millis } from '../kernel/time.js'
import { Admission } from './admission.js'
import type { Coordination, Executor } from './executor.js'
import { type Lane, type Timer, timersOf } from './lane.js'
import { LaneStopper } from './lane-stopper.js'
import { RunControl } from './run-control.js'
import { RunLifecycle } from './run-lifecycle.js'

export interface DispatchOptions {
  readonly definitions: readonly TimerDefinition[]
  readonly counters: Counters
  readonly executor: Executor
  readonly coordination: Coordination
  readonly clock: Clock
  readonly events: Events
  /** True when a wall-clock time lies in a window. */
  readonly isInside: (window: Window, dueWall: Millis) => boolean
  /** Called when an interval function returns a new interval. */
  readonly onInterval: (timer: Timer, interval: Micros) => void
}

export interface Dispatch {
  /** Each timer at its index, in the order of the definitions. */
  readonly timers: readonly Timer[]
  readonly lanes: readonly Lane[]
  readonly admission: Admission
  readonly lifecycle: RunLifecycle
  readonly stopper: LaneStopper
}

export function createDispatch({ definitions, counters, isInside, onInterval, ...shared }: DispatchOptions): Dispatch {
  const timers = timersOf(definitions, counters)
  const lanes = [...new Set(timers.map(({ lane }) => lane))]
  const onFreed = (lane: Lane) => {
    admission.startWaiting(lane)
    stopper.onFreed()
  }
  const control = new RunControl(shared.clock, shared.events)
  const lifecycle = new RunLifecycle({ ...shared, control, onInterval, onFreed })
  const admission = new Admission({ ...shared, timers, lifecycle, isInside, onFreed })
  const stopper = new LaneStopper(lanes, admission, lifecycle, control)
  return { timers, lanes, admission, lifecycle, stopper }
}
