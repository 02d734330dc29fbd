/** What turns timers into runs: a lane for each, the dispatcher that decides, and the scheduler that drives it. */
import { Dispatcher } from '../dispatch/dispatcher.js'
import type { Coordination, Executor } from '../dispatch/executor.js'
import { Lane } from '../dispatch/lane.js'
import type { Clock } from '../kernel/clock.js'
import type { TimerDefinition } from '../kernel/definitions.js'
import type { Events } from '../kernel/events.js'
import type { Micros } from '../kernel/time.js'
import { Scheduler } from '../schedule/scheduler.js'
import { isInside } from '../schedule/window.js'

export interface ClockworkOptions {
  readonly timers: readonly TimerDefinition[]
  /** Addresses runs by the place of their timer in `timers`. */
  readonly executor: Executor
  readonly coordination: Coordination
  readonly clock: Clock
  readonly events: Events
  /** How late the scheduler woke against its target. */
  readonly onLag: (lag: Micros) => void
}

export class Clockwork {
  readonly lanes: readonly Lane[]
  readonly dispatcher: Dispatcher
  readonly scheduler: Scheduler

  constructor({ timers, executor, coordination, clock, events, onLag }: ClockworkOptions) {
    this.lanes = timers.map((definition, index) => new Lane(index, definition))
    this.dispatcher = new Dispatcher({
      lanes: this.lanes,
      executor,
      coordination,
      clock,
      events,
      isInWindow: ({ definition }, { dueWall }) =>
        definition.window === undefined || isInside(definition.window, dueWall),
      onInterval: (lane, interval) => this.scheduler.changeInterval(lane.index, interval),
    })
    this.scheduler = new Scheduler({ clock, events, onLag, sink: this.dispatcher, timers })
  }
}
