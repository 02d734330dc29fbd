/**
 * The threads of one service, or of several small ones that share: as many seats as instances, each with an instance of
 * every service of the pool.
 */
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'
import type { ThreadView } from '../kernel/view.js'
import type { CoordinationSetup, LogSetup, WorkerMessage } from './protocol.js'
import type { Destination } from './rpc-router.js'
import { Seat } from './seat.js'
import type { ThreadExit } from './thread.js'
import type { LinkHandler, ThreadLink } from './thread-link.js'

export interface PoolOptions {
  readonly name: string
  readonly services: readonly ServiceDefinition[]
  readonly config: Readonly<Record<string, unknown>>
  readonly log: LogSetup
  readonly clock: Clock
  readonly startDeadline: Micros
  /** Makes the restart policy of one seat: how long to wait, told how long the thread had been up. */
  readonly restartPolicy: () => (upFor: Micros) => Micros
  readonly onUp: (pool: Pool, seat: Seat, took: Micros) => void
  readonly onExit: (pool: Pool, seat: Seat, exit: ThreadExit, restartIn: Micros | undefined) => void
  readonly onZombie: (pool: Pool, seat: Seat) => void
  readonly onMessage: (message: WorkerMessage) => void
  readonly rpcTimeout: Micros
  readonly coordination: CoordinationSetup
  readonly onLink: LinkHandler
}

export class Pool implements Destination {
  readonly name: string
  readonly services: readonly string[]
  readonly #seats: readonly Seat[]
  #isClosed = false

  constructor(options: PoolOptions) {
    const { name, services, config, log, clock, rpcTimeout, coordination, onMessage, onLink } = options
    this.name = name
    this.services = services.map((service) => service.name)
    const resourceLimits = Object.assign({}, ...services.map((service) => service.resourceLimits))
    const slots = services.flatMap((service) => service.timers).reduce((sum, timer) => sum + timer.concurrency, 0)
    this.#seats = Array.from({ length: Math.max(...services.map((service) => service.instances)) }, (_, index) => {
      return new Seat(index, {
        setup: { role: 'host', pool: name, seat: index, services, config, log, rpcTimeout, coordination },
        slots,
        startDeadline: options.startDeadline,
        standby: services.some((service) => service.standby),
        recycle: {
          afterRuns: Math.min(...services.map((service) => service.recycle.afterRuns ?? Number.POSITIVE_INFINITY)),
          heapBytes:
            2 ** 20 * Math.min(...services.map((service) => service.recycle.heapMb ?? Number.POSITIVE_INFINITY)),
        },
        clock,
        resourceLimits,
        nice: Math.max(...services.map((service) => service.nice)),
        restartDelay: options.restartPolicy(),
        onUp: (seat, took) => options.onUp(this, seat, took),
        onExit: (seat, exit, restartIn) => options.onExit(this, seat, exit, restartIn),
        onZombie: (seat) => options.onZombie(this, seat),
        onMessage,
        onLink,
      })
    })
  }

  /** Starts every thread; throws what the first of them failed of, with none left running. */
  async open(): Promise<void> {
    const results = await Promise.allSettled(this.#seats.map((seat) => seat.open()))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  hasIdleSeat(now: Micros): boolean {
    return this.#seats.some((seat) => seat.isIdle(now))
  }

  get isUp(): boolean {
    return this.#seats.some((seat) => seat.isUp)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  up(): { party: ThreadLink; runs: number }[] {
    return this.#seats.flatMap(({ link, inFlight }) => (link ? [{ party: link, runs: inFlight }] : []))
  }

  /** Hands a run to the least busy thread that is up. */
  run(timer: number, invocation: Invocation, done: (report: RunReport) => void): RunHandle {
    let seat: Seat | undefined
    for (const candidate of this.#seats) {
      if (candidate.isUp && (seat === undefined || candidate.inFlight < seat.inFlight)) seat = candidate
    }
    if (!seat) throw new Error(`pool ${this.name} has no thread`)
    return seat.run(timer, invocation, done)
  }

  /**
   * Stops every thread: its services in good order where nothing runs on it, at the latest after `grace`. Resolves with the
   * services that did not stop by themselves.
   */
  async close(grace: Micros): Promise<string[]> {
    this.#isClosed = true
    const inOrder = await Promise.all(this.#seats.map((seat) => seat.close(grace)))
    return inOrder.every((wasInOrder) => wasInOrder) ? [] : [...this.services]
  }

  /** Makes a {@link close} that is under way wait for nothing. */
  hurry(): void {
    if (this.#isClosed) for (const seat of this.#seats) seat.hurry()
  }

  view(): ThreadView[] {
    return this.#seats.map((seat) => ({
      pool: this.name,
      services: this.services,
      seat: seat.index,
      state: seat.viewState,
      restarts: seat.restarts,
      ...(seat.threadId !== undefined && { threadId: seat.threadId }),
    }))
  }
}
