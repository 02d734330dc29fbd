/**
 * Creates the parts of a running supervisor and connects them, before anything is started: scheduler, dispatcher, threads,
 * coordinator.
 *
 * The engine and the test harness use the same parts, except for the threads, which each of them creates.
 */
import type { Settings } from '../config/settings.js'
import { catalogueOf } from '../counters/catalogue.js'
import { countEvents } from '../counters/count-events.js'
import { Counters } from '../counters/counters.js'
import { SCHEDULER_LAG_BOUNDS } from '../counters/histogram-bounds.js'
import type { Row } from '../counters/row.js'
import { LEASE_ROW, PROCESS_ROW, TIMER_ROW } from '../counters/row-shapes.js'
import { createDispatch, type Dispatch } from '../dispatch/dispatch.js'
import type { Executor } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { TimerIndex } from '../kernel/due-tick.js'
import { InternalError } from '../kernel/errors.js'
import type { Events } from '../kernel/events.js'
import type { ServiceMembers } from '../kernel/members.js'
import type { RpcDestination } from '../kernel/rpc-endpoint.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'
import type { CoordinationSetup } from '../pool/protocol.js'
import { type Callable, RpcRouter } from '../rpc/router.js'
import { Scheduler } from '../schedule/scheduler.js'
import { isInside } from '../schedule/window.js'
import { Audit } from './audit.js'
import { Coordinator } from './coordinator.js'
import { isMarked, Marks } from './marks/marks.js'
import { InstanceQueue, type QueueSetup } from './queue/instance-queue.js'
import type { NotOffered } from './queue/offer-watch.js'

/** The threads of all services. */
export interface Threads {
  /** Runs the timers. Their indices begin with the timers of the first service, in the order of its definition. */
  readonly executor: Executor
  /** How long before it is due a tick of a timer is handed to its thread. */
  leadOf(timer: TimerIndex): Micros
  /** The threads of a service, as the target of calls. */
  destinationOf(service: string): RpcDestination
  /** Number of threads of a service that are up. */
  threadsUp(service: string): number
  /** Sends the members of a service to the threads that are up and to those that start later. */
  tellMembers(members: ServiceMembers): void
}

/** The parts of a supervisor that its threads use. */
export interface ThreadSurroundings {
  readonly router: RpcRouter
  readonly coordination: CoordinationSetup
  /** Call it when a thread of these services has come up. */
  readonly onUp: (services: readonly string[]) => void
}

export interface AssembleOptions<Made extends Threads> {
  readonly services: readonly ServiceDefinition[]
  readonly coordination: Settings['coordination']
  readonly metrics: Settings['metrics']
  readonly clock: Clock
  readonly events: Events
  /** Needed when a timer has scope `queue`. */
  readonly queue?: QueueSetup | undefined
  /** Called at each audit, before it looks. */
  readonly onAudit?: () => void
  readonly makeThreads: (around: ThreadSurroundings) => Made
}

/** The parts of a supervisor whose services are known. */
export interface Running<Made extends Threads = Threads> extends Dispatch {
  readonly services: readonly ServiceDefinition[]
  readonly counters: Counters
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly router: RpcRouter
  readonly coordinator: Coordinator
  readonly audit: Audit
  /** Undefined when no coordination store is configured, or no timer ticks under a lease. */
  readonly marks: Marks | undefined
  readonly threads: Made
  /** Undefined without a timer of scope `queue`. */
  readonly queue: InstanceQueue | undefined
}

/** @throws ConfigError when a run could outlive its lease (`ERR_LEASE_BUDGET`), or the lock of its ticket (`ERR_QUEUE_LOCK`). */
export function assemble<Made extends Threads>(options: AssembleOptions<Made>): Running<Made> {
  const { services, clock, events, onAudit, makeThreads } = options
  const counters = new Counters(catalogueOf(services, options.metrics.detail))
  countEvents(events, counters)
  const definitions = services.flatMap(({ timers }) => timers)
  const hasMarks = options.coordination.url !== 'local' && definitions.some(isMarked)
  const callable = new Map<string, Callable>()
  const router = new RpcRouter({ clock, events, services: callable })
  const coordinator = new Coordinator({
    services,
    settings: options.coordination,
    clock,
    events,
    periodOf: ({ id }) => scheduler.period(indexOf(id)),
    offersTickets: options.queue?.settings.offer ?? false,
    stopUnder(lease) {
      counters.lease(lease).set(LEASE_ROW.at.leader, 0)
      return dispatch.stopper.loseLease(lease)
    },
    onNotOffered: (found) => writeNotOffered(counters, services, found),
    onMembers: (members) => threads.tellMembers(members),
  })
  const threads = makeThreads({
    router,
    coordination: coordinator.setup,
    onUp(names) {
      router.threadUp(names)
      for (const lane of dispatch.lanes) {
        if (names.includes(lane.definition.service)) dispatch.admission.startWaiting(lane)
      }
      dispatch.tickets?.taking.startWaiting()
      queue?.update(names)
    },
  })
  for (const { name, rpcs } of services) {
    callable.set(name, { methods: new Set(rpcs.map(({ method }) => method)), destination: threads.destinationOf(name) })
  }
  const queue =
    options.queue &&
    new InstanceQueue({
      ...options.queue,
      services,
      counters,
      clock,
      events,
      threadsUp: (service) => threads.threadsUp(service),
    })
  const dispatch = createDispatch({
    definitions,
    counters,
    executor: threads.executor,
    coordination: coordinator,
    clock,
    events,
    isInside,
    onInterval: ({ index }, interval) => scheduler.changeInterval(index, interval),
    tickets: queue?.tickets,
  })
  queue?.bind(dispatch)
  const scheduler = new Scheduler({
    clock,
    events,
    sink: dispatch.ticks,
    timers: definitions,
    onLag: (lag) => observeLag(counters.process, lag),
    onNextDue(timer, wall, period) {
      const row = counters.timer(timer)
      row.set(TIMER_ROW.at.nextTick, wall ?? 0)
      row.set(TIMER_ROW.at.interval, period)
    },
    leadOf: (timer) => threads.leadOf(timer),
    ...(hasMarks && { onHandled: (timer, due) => marks?.handled(timer, due) }),
  })
  const { timers, lanes } = dispatch
  const marks = hasMarks
    ? new Marks({
        timers,
        clock,
        period: options.coordination.retry,
        openSince: (timer) => dispatch.tickets?.offering.oldestOffer(timer),
        holds: (lease) => coordinator.holds(lease),
        judge: (timer, mark, first) => scheduler.judgeAbsence(timer, mark, first),
        startWaiting: (lane) => dispatch.admission.startWaiting(lane),
      })
    : undefined
  const indexes = new Map(timers.map(({ definition, index }) => [definition.id, index]))
  const indexOf = (id: string) => {
    const index = indexes.get(id)
    if (index === undefined) throw new InternalError(`there is no timer ${id}`)
    return index
  }
  const lookAround = () => {
    onAudit?.()
    void queue?.audit()
  }
  const audit = new Audit({
    lanes,
    clock,
    events,
    onAudit: lookAround,
    periodOf: (timer) => scheduler.period(timer.index),
  })
  return { ...dispatch, services, counters, clock, scheduler, router, coordinator, audit, marks, threads, queue }
}

function observeLag(row: Row, lag: Micros): void {
  row.begin()
  row.observe(PROCESS_ROW.at.schedulerLag, SCHEDULER_LAG_BOUNDS, secondsFromMicros(Math.max(0, lag)))
  row.end()
}

function writeNotOffered(
  counters: Counters,
  services: readonly ServiceDefinition[],
  found: readonly NotOffered[],
): void {
  const since = new Map(found.map((each) => [each.lease, each.since]))
  for (const lease of new Set(services.flatMap(({ timers }) => timers.flatMap(({ offerLease }) => offerLease ?? [])))) {
    counters.lease(lease).set(LEASE_ROW.at.unheldSince, since.get(lease) ?? 0)
  }
}
