/** What a harness runs its services with: the parts of a supervisor, on threads of its own and by a virtual clock. */
import { randomUUID } from 'node:crypto'
import type { Settings } from '../config/settings.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { Events } from '../kernel/events.js'
import type { Micros, Millis } from '../kernel/time.js'
import { assemble, type Running } from '../supervise/assemble.js'
import type { QueueSetup } from '../supervise/queue/instance-queue.js'
import { HarnessQueue } from './harness-queue.js'
import { HarnessThreads, type HarnessThreadsOptions } from './harness-threads.js'
import { realNow, realTurn } from './real-turns.js'
import type { VirtualClock } from './virtual-clock.js'

export interface HarnessRuntimeOptions extends Omit<HarnessThreadsOptions, 'rpcTimeout'> {
  readonly settings: Settings
  readonly clock: VirtualClock
  readonly events: Events
  /** In real time. */
  readonly settleTimeout: Millis
}

/** Turns of the event loop that a run may take without the clock moving on. */
const TURNS = 8

/** How far the clock moves at once while a stop waits for runs. */
const DRAIN_STEP: Micros = 10_000

export class HarnessRuntime {
  readonly running: Running<HarnessThreads>
  readonly #settings: Settings
  readonly #clock: VirtualClock
  readonly #settleTimeout: Millis
  #isStarted = false

  constructor({ settings, events, settleTimeout, ...threads }: HarnessRuntimeOptions) {
    const { clock, definitions } = threads
    this.#settings = settings
    this.#clock = clock
    this.#settleTimeout = settleTimeout
    this.running = assemble({
      services: definitions,
      metrics: settings.metrics,
      // Alone, whatever the configuration says: a test shares nothing with others.
      coordination: { ...settings.coordination, url: 'local', namespace: `harness-${randomUUID()}` },
      queue: hasQueue(definitions) ? this.#queueSetup() : undefined,
      clock,
      events,
      makeThreads: (around) => new HarnessThreads({ ...threads, rpcTimeout: settings.rpc.timeout }, around),
    })
  }

  get threads(): HarnessThreads {
    return this.running.threads
  }

  /** The services are started and the timers are armed. */
  get isStarted(): boolean {
    return this.#isStarted
  }

  async start(): Promise<void> {
    const { coordinator, threads, scheduler, queue } = this.running
    await coordinator.open()
    await threads.start()
    await queue?.open()
    scheduler.start()
    this.#isStarted = true
    await this.#clock.advance(0)
  }

  /** Lets what is in progress get on: until no run is active, but not for ever. */
  async settle(): Promise<void> {
    // The scheduler looks at the clocks every second: most moments of a day are of no interest to a test.
    if (this.threads.active === 0 && this.#isAlone) return
    const until = realNow() + this.#settleTimeout
    const goesOn = (turn: number) => this.threads.active > 0 && (turn < TURNS || realNow() < until)
    for (let turn = 0; turn === 0 || goesOn(turn); turn++) {
      await realTurn()
    }
  }

  /** Ends runs as the supervisor does, then stops the services, the last one first. */
  async stop(): Promise<void> {
    const { scheduler, coordinator, threads, queue } = this.running
    threads.keepDown()
    scheduler.stop()
    queue?.drain()
    await this.#drain()
    await threads.stop()
    await queue?.close()
    await coordinator.close()
  }

  /** A queue in memory, whatever the configuration says: a test shares nothing with others. */
  #queueSetup(): QueueSetup {
    const { offer, take, delivery } = this.#settings.queue
    const lock = Number.POSITIVE_INFINITY
    const settings = { offer, take, delivery, lock, isLockOfCoordination: false }
    return { settings, clockMargin: 0, connect: (options) => new HarnessQueue(this.#clock, options) }
  }

  /** Nothing goes on between runs: no elections, no claims, no threads that are being replaced. */
  get #isAlone(): boolean {
    const { services, lanes, threads } = this.running
    const isShared =
      lanes.some(({ definition }) => definition.scope !== 'instance') ||
      services.some(({ leases }) => leases.length > 0)
    return !isShared && threads.areUp
  }

  async #drain(): Promise<void> {
    const { stopper, lanes } = this.running
    const { drain } = this.#settings.shutdown
    const longestGrace = Math.max(0, ...lanes.map(({ definition }) => definition.abortGrace))
    let isOver = false
    void stopper.stop().then(() => {
      isOver = true
    })
    const end = this.#clock.now() + drain + longestGrace + DRAIN_STEP
    const cancel = this.#clock.after(drain, () => stopper.abortAll('stopping'))
    await this.#clock.advance(0)
    while (!isOver && this.#clock.now() < end) await this.#clock.advance(DRAIN_STEP)
    cancel()
  }
}

function hasQueue(services: readonly ServiceDefinition[]): boolean {
  return services.some(({ timers }) => timers.some(({ scope }) => scope === 'queue'))
}
