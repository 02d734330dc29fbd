/** Creates the parts of the dispatcher, which turns ticks into outcomes, and connects them. */
import type { Counters } from '../counters/counters.js'
import type { Clock } from '../kernel/clock.js'
import type { TimerDefinition, Window } from '../kernel/definitions.js'
import { InternalError } from '../kernel/errors.js'
import type { Events } from '../kernel/events.js'
import type { HeldTicket, TicketId } from '../kernel/ticket.js'
import type { Micros, Millis } from '../kernel/time.js'
import { Admission } from './admission.js'
import type { Coordination, Executor } from './executor.js'
import { type Lane, type Timer, timersOf } from './lane.js'
import { LaneStopper, type Tickets } from './lane-stopper.js'
import { Offering } from './offering/offering.js'
import { routeTicks, type Ticks } from './route-ticks.js'
import { RunControl } from './run-control.js'
import { RunLifecycle } from './run-lifecycle.js'
import { Taking } from './taking/taking.js'
import type { TicketQueue } from './ticket-queue.js'

/** What the timers of scope `queue` need. */
export interface TicketOptions {
  readonly queue: TicketQueue
  /** Whether a ticket whose taker dies is not handed out again. */
  readonly atMostOnce: boolean
  /** Called with each ticket that the queue has kept. */
  readonly onKept: (timer: Timer, id: TicketId) => void
  /** Called when a ticket of the service was taken or has been settled. */
  readonly onChange: (service: string) => void
  /** Called with a ticket of a timer that this instance does not have, or has with another scope. */
  readonly onStray: (held: HeldTicket) => void
  readonly onSaturated: (service: string) => void
  /** Returns how many threads of a service are up. */
  readonly threadsUp: (service: string) => number
}

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
  /** Needed when a timer has scope `queue`. */
  readonly tickets?: TicketOptions | undefined
}

export interface Dispatch {
  /** Each timer at its index, in the order of the definitions. */
  readonly timers: readonly Timer[]
  readonly lanes: readonly Lane[]
  readonly admission: Admission
  /** Takes the ticks of the scheduler and those by hand. Without a timer of scope `queue` it is the admission. */
  readonly ticks: Ticks
  /** Undefined without a timer of scope `queue`. */
  readonly tickets: Tickets | undefined
  readonly lifecycle: RunLifecycle
  readonly stopper: LaneStopper
}

export function createDispatch({
  definitions,
  counters,
  isInside,
  onInterval,
  tickets: ticketOptions,
  ...shared
}: DispatchOptions): Dispatch {
  const timers = timersOf(definitions, counters)
  const lanes = [...new Set(timers.map(({ lane }) => lane))]
  const onFreed = (lane: Lane) => {
    admission.startWaiting(lane)
    tickets?.taking.startWaiting()
    stopper.onFreed()
  }
  const control = new RunControl(shared.clock, shared.events)
  const lifecycle = new RunLifecycle({
    ...shared,
    control,
    onInterval,
    onFreed,
    onTicketEnded: (...ended) => tickets?.taking.ended(...ended),
  })
  const admission = new Admission({ ...shared, timers, lifecycle, isInside, onFreed })
  const tickets = makeTickets()
  const stopper = new LaneStopper(lanes, admission, lifecycle, control, tickets)
  const ticks = tickets ? routeTicks(timers, admission, tickets.offering) : admission
  return { timers, lanes, admission, ticks, tickets, lifecycle, stopper }

  function makeTickets(): Tickets | undefined {
    const queued = definitions.find(({ scope }) => scope === 'queue')
    if (!queued) return undefined
    if (!ticketOptions) throw new InternalError(`${queued.id} has scope queue, and there is no queue`)
    const options = { ...shared, ...ticketOptions, timers, lifecycle, isInside }
    return { offering: new Offering(options), taking: new Taking(options) }
  }
}
