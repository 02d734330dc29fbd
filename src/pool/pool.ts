/**
 * The threads of one service, or of several small ones that share: a slot for each thread, and an object of every service of
 * the pool on each thread.
 */
import type { Clock } from '../kernel/clock.js'
import { firstInterval, type ServiceDefinition } from '../kernel/definitions.js'
import type { RpcDestination } from '../kernel/rpc-endpoint.js'
import { MOST_TICKETS_ON_THREAD } from '../kernel/tickets-on-thread.js'
import type { Micros } from '../kernel/time.js'
import type { ThreadView } from '../kernel/view.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'
import { SHORT_LEAD } from './lead.js'
import { chooseSlot } from './placement.js'
import type { CoordinationSetup, LogSetup, StartSpans, WorkerMessage } from './protocol.js'
import { recyclingPolicy } from './recycling.js'
import type { LinkHandler, ThreadLink } from './thread-link.js'
import { WorkerSlot } from './worker-slot.js'
import type { SpawnThread, ThreadExit } from './worker-thread.js'

export interface PoolOptions {
  readonly name: string
  readonly spawn: SpawnThread
  readonly services: readonly ServiceDefinition[]
  readonly config: Readonly<Record<string, unknown>>
  readonly log: LogSetup
  readonly clock: Clock
  readonly startDeadline: Micros
  /** Makes a restart policy: how long to wait, told how long the thread had been up. */
  readonly restartPolicy: () => (upFor: Micros) => Micros
  readonly onUp: (pool: Pool, slot: WorkerSlot, took: Micros, spans: StartSpans) => void
  readonly onExit: (pool: Pool, slot: WorkerSlot, exit: ThreadExit, restartIn: Micros | undefined) => void
  readonly onZombie: (pool: Pool, slot: WorkerSlot, threadId: number) => void
  readonly onStandbyExit: (pool: Pool, slot: WorkerSlot, exit: ThreadExit, retryIn: Micros) => void
  readonly onNotCreated: (pool: Pool, slot: WorkerSlot, error: WireError, retryIn: Micros) => void
  readonly onMessage: (message: WorkerMessage) => void
  readonly rpcTimeout: Micros
  /** URLs of modules that each thread imports first. */
  readonly preload: readonly string[]
  readonly makesSpans: boolean
  readonly coordination: CoordinationSetup
  readonly onLink: LinkHandler
}

export class Pool implements RpcDestination {
  readonly name: string
  readonly services: readonly string[]
  readonly #slots: readonly WorkerSlot[]
  readonly #longestLead: Micros
  #isClosed = false

  constructor(options: PoolOptions) {
    const { name, spawn, services, config, log, clock, rpcTimeout, coordination, onMessage, onLink } = options
    const { preload, makesSpans } = options
    this.name = name
    this.services = services.map((service) => service.name)
    const resourceLimits = Object.assign({}, ...services.map((service) => service.resourceLimits))
    this.#longestLead = longestLead(services)
    const records = recordsFor(services)
    this.#slots = Array.from({ length: Math.max(...services.map((service) => service.threads)) }, (_, index) => {
      return new WorkerSlot(index, {
        spawn,
        setup: { pool: name, slot: index, services, config, log, rpcTimeout, coordination, preload, makesSpans },
        records,
        startDeadline: options.startDeadline,
        standby: services.some((service) => service.standby),
        recycling: recyclingPolicy(services),
        clock,
        resourceLimits,
        nice: Math.max(...services.map((service) => service.nice)),
        restartPolicy: options.restartPolicy,
        onUp: (slot, ...times) => options.onUp(this, slot, ...times),
        onExit: (slot, exit, restartIn) => options.onExit(this, slot, exit, restartIn),
        onZombie: (slot, threadId) => options.onZombie(this, slot, threadId),
        onStandbyExit: (slot, exit, retryIn) => options.onStandbyExit(this, slot, exit, retryIn),
        onNotCreated: (slot, error, retryIn) => options.onNotCreated(this, slot, error, retryIn),
        onMessage,
        onLink,
      })
    })
  }

  /** Starts every thread. Throws the failure of the first slot that has one; the others are left for {@link close}. */
  async open(): Promise<void> {
    const results = await Promise.allSettled(this.#slots.map((slot) => slot.open()))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** The slot for a run that is handed over at `now`; undefined while no thread is up. */
  place(now: Micros): WorkerSlot | undefined {
    return chooseSlot(this.#slots, now)
  }

  /** Number of threads that are up. */
  get threadsUp(): number {
    return this.#slots.reduce((sum, { isUp }) => sum + (isUp ? 1 : 0), 0)
  }

  placeCall(now: Micros): ThreadLink | undefined {
    return this.place(now)?.serving?.link
  }

  /**
   * How long before it is due a tick is handed over: as long as the slowest of the threads demands, but at most a tenth of the
   * shortest interval. The gate blocks its thread for as long, and what comes due before the tick in the gate has to wait.
   */
  get lead(): Micros {
    const longest = Math.max(...this.#slots.map(({ serving }) => serving?.lead.micros ?? 0))
    return Math.max(SHORT_LEAD, Math.min(longest, this.#longestLead))
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * Stops every thread: its services in order where no run is in progress, and terminates it after `grace`. Resolves with the
   * services that were cut off.
   */
  async close(grace: Micros): Promise<string[]> {
    this.#isClosed = true
    const inOrder = await Promise.all(this.#slots.map((slot) => slot.close(grace)))
    return inOrder.every((wasInOrder) => wasInOrder) ? [] : [...this.services]
  }

  /** Makes a {@link close} in progress wait for no service; without effect before it. */
  terminate(): void {
    for (const slot of this.#slots) slot.terminate()
  }

  view(): ThreadView[] {
    return this.#slots.map((slot) => ({
      pool: this.name,
      services: this.services,
      slot: slot.index,
      state: slot.viewState,
      restarts: slot.restarts,
      ...(slot.threadId !== undefined && { threadId: slot.threadId }),
      ...(slot.problem !== undefined && { problem: slot.problem }),
    }))
  }
}

/**
 * How many runs a thread can have. A ticket that was taken back from its thread before it began has left its lane, but keeps its record
 * until the thread gets to it.
 */
function recordsFor(services: readonly ServiceDefinition[]): number {
  const timers = services.flatMap((service) => service.timers)
  const inLanes = timers.reduce((sum, { concurrency }) => sum + concurrency, 0)
  return inLanes + (timers.some(({ scope }) => scope === 'queue') ? MOST_TICKETS_ON_THREAD : 0)
}

/** A tenth of the shortest interval of the services. */
function longestLead(services: readonly ServiceDefinition[]): Micros {
  const intervals = services.flatMap(({ timers }) => timers.map(({ schedule }) => firstInterval(schedule)))
  return Math.min(...intervals) / 10
}
