/** Puts the parts of the dispatcher together: from tick to outcome. */
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
  readonly executor: Executor
  readonly coordination: Coordination
  readonly clock: Clock
  readonly events: Events
  /** Whether a moment of the wall clock lies in a window. */
  readonly isInside: (window: Window, dueWall: Millis) => boolean
  /** The interval function of an adaptive timer has given an interval. */
  readonly onInterval: (timer: Timer, interval: Micros) => void
}

export interface Dispatch {
  /** In the order of the definitions: by their index. */
  readonly timers: readonly Timer[]
  readonly lanes: readonly Lane[]
  readonly admission: Admission
  readonly stopper: LaneStopper
}

export function createDispatch({ definitions, isInside, onInterval, ...shared }: DispatchOptions): Dispatch {
  const timers = timersOf(definitions)
  const lanes = [...new Set(timers.map(({ lane }) => lane))]
  const onFreed = (lane: Lane) => {
    admission.startWaiting(lane)
    stopper.onFreed()
  }
  const control = new RunControl(shared.clock, shared.events)
  const lifecycle = new RunLifecycle({ ...shared, control, onInterval, onFreed })
  const admission = new Admission({ ...shared, timers, lifecycle, isInside, onFreed })
  const stopper = new LaneStopper(lanes, admission, lifecycle, control)
  return { timers, lanes, admission, stopper }
}
