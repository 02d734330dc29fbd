/**
 * What a harness plays on: the services as threads have them, the router of their calls, their leases, and the clockwork
 * that ticks them.
 */
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Settings } from '../config/settings.js'
import { injectionName } from '../define/entries.js'
import { injectionsOf, type ServiceSource } from '../define/service-source.js'
import type { Executor } from '../dispatch/executor.js'
import { KnownMembers } from '../host/known-members.js'
import type { ServiceObjectOptions } from '../host/service-object.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { UsageError } from '../kernel/errors.js'
import type { Events } from '../kernel/events.js'
import type { RunContext } from '../kernel/run-context.js'
import { didYouMean, show } from '../kernel/suggest.js'
import type { Millis } from '../kernel/time.js'
import { type Callable, RpcRouter } from '../rpc/router.js'
import { Coordinator } from '../supervise/coordinator.js'
import type { StateKeeper } from '../supervise/thread-message-router.js'
import { Clockwork } from '../supervise/wire-timers.js'
import { HarnessThread } from './harness-thread.js'
import type { VirtualClock } from './virtual-clock.js'

export interface HarnessRuntimeOptions {
  readonly definitions: readonly ServiceDefinition[]
  /** Of each definition. */
  readonly sources: readonly ServiceSource[]
  readonly settings: Settings
  readonly config: Readonly<Record<string, unknown>>
  readonly clock: VirtualClock
  readonly events: Events
  readonly log: Logger
  readonly state: StateKeeper
  readonly replacements: Readonly<Record<string, unknown>>
  /** In real time. */
  readonly settleTimeout: Millis
  readonly onRun: NonNullable<ServiceObjectOptions['onRun']>
}

/** Turns of the event loop that a run may take without the clock moving on. */
const TURNS = 8

export class HarnessRuntime {
  readonly #options: HarnessRuntimeOptions
  readonly #threads = new Map<string, HarnessThread>()
  /** Undefined before {@link start} is done. */
  clockwork: Clockwork | undefined
  #router: RpcRouter | undefined
  #coordinator: Coordinator | undefined
  #members = new KnownMembers('')
  #active = 0
  #isStopping = false

  constructor(options: HarnessRuntimeOptions) {
    this.#options = options
  }

  /** Runs a method within its hooks, beside the schedule. */
  async enter(run: RunContext, args: readonly unknown[]): Promise<unknown> {
    const { service } = this.thread(run.service)
    const { instance } = service
    this.#active++
    try {
      return await service.enter(run, () => (instance[run.method] as (...args: unknown[]) => unknown)(...args))
    } finally {
      this.#active--
    }
  }

  #indexOf(id: string): number {
    return this.clockwork!.lanes.findIndex(({ definition }) => definition.id === id)
  }

  /** Nothing goes on between runs: no elections, no claims, no threads that are being replaced. */
  get #isAlone(): boolean {
    const timers = this.#options.definitions.flatMap((service) => service.timers)
    const isShared =
      timers.some(({ scope }) => scope !== 'instance') ||
      this.#options.definitions.some(({ leases }) => leases.length > 0)
    return !isShared && [...this.#threads.values()].every(({ isUp }) => isUp)
  }

  /** @throws UsageError when there is none, or it has not been started. */
  thread(service: string): HarnessThread {
    const thread = this.#threads.get(service)
    if (thread) return thread
    const names = this.#options.definitions.map(({ name }) => name)
    if (names.includes(service))
      throw new UsageError('ERR_LIFECYCLE', `${service} has not been started: await start() first`)
    throw new UsageError('ERR_NO_SERVICE', `the harness has no service ${show(service)}${didYouMean(service, names)}`)
  }

  async start(): Promise<void> {
    const { clock, events } = this.#options
    const callable = new Map<string, Callable>()
    const router = new RpcRouter({ clock, events, services: callable })
    this.#router = router
    for (const { name, rpcs } of this.#options.definitions) {
      const placeCall = () => {
        const thread = this.#threads.get(name)
        return thread?.isUp ? thread : undefined
      }
      const destination = { placeCall, isClosed: false }
      callable.set(name, { methods: new Set(rpcs.map(({ method }) => method)), destination })
    }
    this.#coordinator = new Coordinator({
      services: this.#options.definitions,
      // Alone, whatever the configuration says: a test shares nothing with others.
      settings: { ...this.#options.settings.coordination, url: 'local', namespace: `harness-${randomUUID()}` },
      clock,
      events,
      periodOf: ({ id }) => this.clockwork!.scheduler.period(this.#indexOf(id)),
      stopUnder: (lease) => this.clockwork!.dispatcher.loseLease(lease),
      onMembers: (members) => this.#members.change(members),
    })
    this.#members = new KnownMembers(this.#coordinator.setup.self)
    await this.#coordinator.open()
    for (const [index, definition] of this.#options.definitions.entries()) await this.#startThread(definition, index)
    this.clockwork = new Clockwork({
      timers: this.#options.definitions.flatMap(({ timers }) => timers),
      executor: this.#executor(),
      coordination: this.#coordinator,
      clock,
      events,
      onLag: () => {},
    })
    this.clockwork.scheduler.start()
    await clock.advance(0)
  }

  async #startThread(definition: ServiceDefinition, index: number): Promise<void> {
    const source = this.#options.sources[index]!
    const own = new Set(injectionsOf(source).map(injectionName))
    const thread = new HarnessThread({
      definition,
      source,
      config: this.#options.config,
      log: this.#options.log.child({ service: definition.name }),
      clock: this.#options.clock,
      router: this.#router!,
      rpcTimeout: this.#options.settings.rpc.timeout,
      coordination: this.#coordinator!.setup,
      members: this.#members,
      state: this.#options.state,
      metrics: { take: () => {}, retire: () => {} },
      replacements: Object.fromEntries(Object.entries(this.#options.replacements).filter(([name]) => own.has(name))),
      onRun: this.#options.onRun,
      // A thread that was killed is replaced, with an instance that knows nothing of the one before.
      onKill: () => {
        if (this.#isStopping) return
        this.#startThread(definition, index).catch((error) =>
          this.#options.log.error({ err: error }, 'service failed to start again'),
        )
      },
    })
    await thread.start()
    this.#threads.set(definition.name, thread)
    this.#router!.threadUp([definition.name])
    for (const lane of this.clockwork?.lanes ?? []) {
      if (lane.definition.service === definition.name) this.clockwork!.dispatcher.startWaiting(lane)
    }
  }

  #executor(): Executor {
    const addresses = this.#options.definitions.flatMap(({ name, timers }) =>
      timers.map((_, timer) => ({ name, timer })),
    )
    return {
      place: (lane) => {
        const { name, timer } = addresses[lane]!
        const thread = this.#threads.get(name)
        if (!thread?.isUp) return undefined
        return {
          isIdle: thread.inFlight === 0 && thread.calls === 0,
          run: (invocation, done) => {
            this.#active++
            return thread.run(timer, invocation, (report) => {
              this.#active--
              done(report)
            })
          },
        }
      },
    }
  }

  /** Lets what is under way get on: until no run is active, but not for ever. */
  async settle(): Promise<void> {
    // The scheduler looks at the clocks every second: most moments of a day are of no interest to anybody.
    if (this.#active === 0 && this.#isAlone) return
    const until = performance.now() + this.#options.settleTimeout
    for (let turn = 0; turn === 0 || (this.#active > 0 && (turn < TURNS || performance.now() < until)); turn++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Ends runs as the supervisor does, then stops the services, the last one first. */
  async stop(): Promise<void> {
    this.#isStopping = true
    const { scheduler, dispatcher, lanes } = this.clockwork ?? {}
    scheduler?.stop()
    if (dispatcher && lanes)
      await this.#drain(dispatcher, Math.max(0, ...lanes.map((lane) => lane.definition.abortGrace)))
    for (const thread of [...this.#threads.values()].reverse()) await thread.stop()
    await this.#coordinator?.close()
  }

  async #drain(dispatcher: Clockwork['dispatcher'], grace: number): Promise<void> {
    const { drain } = this.#options.settings.shutdown
    let isOver = false
    void dispatcher.stop().then(() => {
      isOver = true
    })
    const abortAt = this.#options.clock.now() + drain
    const end = abortAt + grace + DRAIN_STEP
    this.#options.clock.after(drain, () => dispatcher.abortAll('stopping'))
    await this.#options.clock.advance(0)
    while (!isOver && this.#options.clock.now() < end) await this.#options.clock.advance(DRAIN_STEP)
  }
}

/** How far the clock moves at once while a stop waits for runs. */
const DRAIN_STEP = 10_000
