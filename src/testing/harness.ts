/**
 * Services on the thread of a test, by a clock that moves when it is told to: the scheduler, the decisions, the ledger,
 * retries, breakers, time-outs, hooks and calls are those of production; only threads are missing.
 */
import { randomUUID } from 'node:crypto'
import { type Logger, pino } from 'pino'
import { KnownMembers } from '../../workers/known-members.js'
import { slotOf } from '../../workers/service-instance.js'
import { describeModule } from '../define/describe.js'
import type { DurationInput } from '../define/durations.js'
import { injectionsOf, type ServiceSource } from '../define/service-source.js'
import type { Executor } from '../dispatch/executor.js'
import type { Lane } from '../dispatch/lane.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { UsageError } from '../kernel/errors.js'
import { Events, type RunEnded } from '../kernel/events.js'
import { refuseUnknownKeys } from '../kernel/known-keys.js'
import type { RunContext, RunResult } from '../kernel/run-context.js'
import { didYouMean, show } from '../kernel/suggest.js'
import type { LedgerCounts } from '../kernel/view.js'
import { type Callable, RpcRouter } from '../pool/rpc-router.js'
import { Clockwork } from '../supervise/clockwork.js'
import { CoordinatedInstance } from '../supervise/coordination.js'
import { type Settings, splitConfig } from '../supervise/settings.js'
import { StateStore } from '../supervise/state-store.js'
import {
  HARNESS_OPTIONS,
  type HarnessOptions,
  type HarnessService,
  MONDAY,
  readMoment,
  sourceOf,
} from './harness-options.js'
import { HarnessThread } from './harness-thread.js'
import { refuseUnknownSlots } from './slots.js'
import { readSignedSpan, readSpan } from './spans.js'
import { recordOfRun, recordOfSkip, type TickRecord } from './tick-record.js'
import { VirtualClock } from './virtual-clock.js'

/** One line of the log. */
export type LogRecord = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg?: string }

/** Turns of the event loop that a run may take without the clock moving on. */
const TURNS = 8

/**
 * Makes a harness for one service, or for several that call each other.
 *
 *     const harness = createHarness(Reports, { dependencies: { db: fakeDb }, config: { REPORT_INTERVAL: '1h' } })
 *     await harness.advance('1d')
 *     expect(harness.ticks('generate')).toHaveLength(24)
 *     await harness.stop()
 *
 * @throws DefinitionError, ConfigError as the supervisor does; UsageError for a dependency that no service injects, an
 *   option that does not exist, or one that makes no sense.
 */
export function createHarness<Instance extends object>(
  service: HarnessService<Instance>,
  options?: HarnessOptions,
): Harness<Instance>
export function createHarness(services: readonly HarnessService[], options?: HarnessOptions): Harness
export function createHarness(
  services: HarnessService | readonly HarnessService[],
  options: HarnessOptions = {},
): Harness {
  return new Harness(Array.isArray(services) ? services : [services as HarnessService], options)
}

export class Harness<Instance extends object = object> implements AsyncDisposable {
  readonly clock: VirtualClock
  readonly events = new Events()
  /** Every line that was logged, as an object; `level` is pino's number. */
  readonly logs: LogRecord[] = []
  readonly #settings: Settings
  readonly #config: Readonly<Record<string, unknown>>
  readonly #sources: readonly ServiceSource[]
  readonly #patience: number
  readonly #log: Logger
  readonly #records: TickRecord[] = []
  readonly #replacements: Record<string, unknown> = {}
  readonly #watchers = new Set<(run: RunContext, result: RunResult) => void>()
  readonly #threads = new Map<string, HarnessThread>()
  readonly #state: StateStore
  #definitions: readonly ServiceDefinition[]
  #clockwork: Clockwork | undefined
  #router: RpcRouter | undefined
  #instance: CoordinatedInstance | undefined
  #members = new KnownMembers('')
  #starting: Promise<this> | undefined
  #stopping: Promise<void> | undefined
  #active = 0

  constructor(services: readonly HarnessService[], options: HarnessOptions) {
    refuseUnknownKeys(options, HARNESS_OPTIONS, 'createHarness()')
    const { dependencies = {}, config = {}, at = MONDAY, patience = 0 } = options
    const wall = readMoment(at)
    const { settings, user } = splitConfig(config)
    this.#settings = settings
    this.#config = user
    this.#patience = readSpan(patience, 'patience') / 1_000
    this.#sources = services.map(sourceOf)
    const exports = Object.fromEntries(this.#sources.map((source, index) => [`service${index}`, source]))
    this.#definitions = describeModule(exports, 'the harness', {
      config: user,
      defaults: settings.defaults,
      services: settings.services,
      load: 0,
    })
    this.clock = new VirtualClock({ start: 1_000_000, wall, settle: () => this.#settle() })
    this.#state = new StateStore({ maxBytes: settings.state.maxBytes })
    this.#log = pino({ level: 'trace' }, { write: (line: string) => void this.logs.push(JSON.parse(line)) })
    this.events.on('run.ended', (run: RunEnded) => this.#records.push(recordOfRun(run)))
    this.events.on('tick.skipped', (skip) => this.#records.push(recordOfSkip(skip)))
    this.replace(dependencies)
  }

  /** The instance of the service (of the first, of several). It is there once the harness is started. */
  get instance(): Instance {
    return this.#thread(this.#definitions[0]!.name).service.instance as Instance
  }

  /** The instance of a service by its name. */
  instanceOf<Of extends object>(service: string): Of {
    return this.#thread(service).service.instance as Of
  }

  /** Sets up dependencies, calls `onStart`, and arms the timers. {@link advance} does so where it has not been done. */
  start(): Promise<this> {
    return this.#started('start()')
  }

  /** Lets time pass: every tick comes due at its moment. Seconds, or a duration. */
  async advance(span: DurationInput): Promise<void> {
    const micros = readSpan(span, 'advance()')
    await this.#started('advance()')
    await this.clock.advance(micros)
  }

  /** The wall clock is set forward, or back when the span is negative (`'-1h'`). */
  async jumpWallClock(span: DurationInput): Promise<void> {
    const micros = readSignedSpan(span, 'jumpWallClock()')
    await this.#started('jumpWallClock()')
    this.clock.jumpWall(micros / 1_000)
    await this.clock.advance(0)
  }

  /** Time passes while nobody can act, as when the process is stopped or the machine too busy. */
  async stall(span: DurationInput): Promise<void> {
    const micros = readSpan(span, 'stall()')
    await this.#started('stall()')
    await this.clock.stall(micros)
  }

  /** What became of the ticks so far, in the order in which it was decided; of one method when it is named. */
  ticks(method?: string): readonly TickRecord[] {
    if (method === undefined) {
      this.#begun('ticks()')
      return [...this.#records]
    }
    const { id } = this.#laneOf(method, 'ticks()').definition
    return this.#records.filter(({ entrypoint }) => entrypoint === id)
  }

  /** The books of a timer. They close: `due = skipped + runs + active + pending`. */
  ledger(method: string): LedgerCounts {
    return this.#laneOf(method, 'ledger()').ledger.counts()
  }

  /** A tick by hand; see `Supervisor.trigger`. */
  async trigger(method: string): Promise<void> {
    await this.#started('trigger()')
    this.#clockwork!.dispatcher.trigger(this.#laneOf(method, 'trigger()'))
    await this.clock.advance(0)
  }

  /** Stops as the supervisor does: runs may end, are told to stop after `escapement.shutdown.drain`, then cut off. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** What services are there, as the supervisor describes them. */
  get services(): readonly ServiceDefinition[] {
    return this.#definitions
  }

  /** @internal What {@link replaceDependencies} does. */
  replace(dependencies: Readonly<Record<string, unknown>>): void {
    const injections = this.#sources.flatMap((source) => injectionsOf(source))
    refuseUnknownSlots(Object.keys(dependencies), injections, this.#who)
    for (const [name, value] of Object.entries(dependencies)) {
      this.#refuseStarted('replace dependencies')
      this.#replacements[name] = value
    }
  }

  /** @internal What {@link restrictEntrypoints} does. */
  restrict(methods: readonly string[]): void {
    this.#refuseStarted('restrict entrypoints')
    const kept = methods.map((method) => this.idOf(method))
    this.#definitions = this.#definitions.map((service) => ({
      ...service,
      timers: service.timers.filter(({ id }) => kept.includes(id)),
      rpcs: service.rpcs.filter(({ id }) => kept.includes(id)),
    }))
  }

  /** @internal The id of an entrypoint, by its method's name alone or with the service's before it. */
  idOf(method: string): string {
    const ids = this.#definitions.flatMap(({ timers, rpcs }) => [...timers, ...rpcs].map(({ id }) => id))
    const found = ids.find((id) => id === method) ?? ids.find((id) => id.endsWith(`.${method}`))
    if (found) return found
    const methods = ids.map((id) => id.slice(id.indexOf('.') + 1))
    throw new UsageError(
      'ERR_NO_ENTRYPOINT',
      `${this.#who} has no entrypoint ${show(method)}${didYouMean(method, methods)} (it has ${methods.join(', ')})`,
    )
  }

  /** @internal Hears of every run, after its hooks are done, until the result is called. */
  watch(watcher: (run: RunContext, result: RunResult) => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** @internal Runs a method within its hooks, beside the schedule. */
  async enter(run: RunContext, args: readonly unknown[]): Promise<unknown> {
    await this.#started('entrypointHook()')
    const { service } = this.#thread(run.service)
    const { instance } = service
    this.#active++
    try {
      return await service.enter(run, () => (instance[run.method] as (...args: unknown[]) => unknown)(...args))
    } finally {
      this.#active--
    }
  }

  /** @internal */
  get log(): Logger {
    return this.#log
  }

  /** Nothing goes on between runs: no elections, no claims, no threads that are being replaced. */
  get #isAlone(): boolean {
    const timers = this.#definitions.flatMap((service) => service.timers)
    const isShared =
      timers.some(({ scope }) => scope !== 'instance') || this.#definitions.some(({ leases }) => leases.length > 0)
    return !isShared && [...this.#threads.values()].every(({ isUp }) => isUp)
  }

  get #who(): string {
    return this.#definitions.map(({ name }) => name).join(', ')
  }

  /** The lane of a timer; `caller` needs it, for messages. */
  #laneOf(method: string, caller: string): Lane {
    const id = this.idOf(method)
    const lane = this.#begun(caller).lanes.find(({ definition }) => definition.id === id)
    if (lane) return lane
    throw new UsageError('ERR_NO_TIMER', `${caller}: ${id} is no timer: it is an rpc, which has no ticks`)
  }

  #begun(caller: string): Clockwork {
    if (this.#clockwork) return this.#clockwork
    throw new UsageError(
      'ERR_STATE',
      `${caller}: the harness has not been started: is there an "await" missing before start() or advance()?`,
    )
  }

  #started(caller: string): Promise<this> {
    if (this.#stopping) {
      const problem = `${caller}: the harness has been stopped, and stays so: make another one with createHarness()`
      return Promise.reject(new UsageError('ERR_STATE', problem))
    }
    this.#starting ??= this.#start()
    return this.#starting
  }

  #thread(service: string): HarnessThread {
    const thread = this.#threads.get(service)
    if (thread) return thread
    const names = this.#definitions.map(({ name }) => name)
    if (names.includes(service))
      throw new UsageError('ERR_STATE', `${service} has not been started: await start() first`)
    throw new UsageError('ERR_NO_SERVICE', `the harness has no service ${show(service)}${didYouMean(service, names)}`)
  }

  #refuseStarted(what: string): void {
    if (!this.#starting) return
    throw new UsageError('ERR_STATE', `you must ${what} before the harness is started`)
  }

  async #start(): Promise<this> {
    const { clock, events } = this
    const callable = new Map<string, Callable>()
    const router = new RpcRouter({ clock, events, services: callable })
    this.#router = router
    for (const { name, rpcs } of this.#definitions) {
      const up = () =>
        [...this.#threads].flatMap(([of, party]) => (of === name && party.isUp ? [{ party, runs: 0 }] : []))
      const destination = { up, isClosed: false }
      callable.set(name, { methods: new Set(rpcs.map(({ method }) => method)), destination })
    }
    this.#instance = new CoordinatedInstance({
      services: this.#definitions,
      // Alone, whatever the configuration says: a test shares nothing with others.
      settings: { ...this.#settings.coordination, url: 'local', namespace: `harness-${randomUUID()}` },
      clock,
      events,
      periodOf: ({ id }) => this.#clockwork!.scheduler.period(this.#laneOf(id, 'periodOf').index),
      stopUnder: (lease) => this.#clockwork!.dispatcher.loseLease(lease),
      onMembers: (members) => this.#members.change(members),
    })
    this.#members = new KnownMembers(this.#instance.setup.self)
    await this.#instance.open()
    for (const [index, definition] of this.#definitions.entries()) await this.#startThread(definition, index)
    this.#clockwork = new Clockwork({
      timers: this.#definitions.flatMap(({ timers }) => timers),
      executor: this.#executor(),
      coordination: this.#instance,
      clock,
      events,
      onLag: () => {},
    })
    this.#clockwork.scheduler.start()
    await clock.advance(0)
    return this
  }

  async #startThread(definition: ServiceDefinition, index: number): Promise<void> {
    const source = this.#sources[index]!
    const own = new Set(injectionsOf(source).map(slotOf))
    const thread = new HarnessThread({
      definition,
      source,
      config: this.#config,
      log: this.#log.child({ service: definition.name }),
      clock: this.clock,
      router: this.#router!,
      rpcTimeout: this.#settings.rpc.timeout,
      coordination: this.#instance!.setup,
      members: this.#members,
      state: this.#state,
      metrics: { take: () => {}, retire: () => {} },
      replacements: Object.fromEntries(Object.entries(this.#replacements).filter(([slot]) => own.has(slot))),
      onRun: (run, result) => {
        for (const watcher of this.#watchers) watcher(run, result)
      },
      // A thread that was killed is replaced, with an instance that knows nothing of the one before.
      onKill: () => {
        if (this.#stopping) return
        this.#startThread(definition, index).catch((error) =>
          this.#log.error({ err: error }, 'service failed to start again'),
        )
      },
    })
    await thread.start()
    this.#threads.set(definition.name, thread)
    this.#router!.up([definition.name])
    for (const lane of this.#clockwork?.lanes ?? []) {
      if (lane.definition.service === definition.name) this.#clockwork!.dispatcher.startWaiting(lane)
    }
  }

  #executor(): Executor {
    const addresses = this.#definitions.flatMap(({ name, timers }) => timers.map((_, timer) => ({ name, timer })))
    return {
      readiness: (lane) => {
        const thread = this.#threads.get(addresses[lane]!.name)
        if (!thread?.isUp) return 'down'
        return thread.inFlight === 0 ? 'idle' : 'busy'
      },
      run: (invocation, done) => {
        const { name, timer } = addresses[invocation.lane]!
        this.#active++
        return this.#thread(name).run(timer, invocation, (report) => {
          this.#active--
          done(report)
        })
      },
    }
  }

  /** Lets what is under way get on: until no run is active, but not for ever. */
  async #settle(): Promise<void> {
    // The scheduler looks at the clocks every second: most moments of a day are of no interest to anybody.
    if (this.#active === 0 && this.#isAlone) return
    const until = performance.now() + this.#patience
    for (let turn = 0; turn === 0 || (this.#active > 0 && (turn < TURNS || performance.now() < until)); turn++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async #stop(): Promise<void> {
    await this.#starting?.catch(() => {})
    const { scheduler, dispatcher, lanes } = this.#clockwork ?? {}
    scheduler?.stop()
    if (dispatcher && lanes)
      await this.#drain(dispatcher, Math.max(0, ...lanes.map((lane) => lane.definition.abortGrace)))
    for (const thread of [...this.#threads.values()].reverse()) await thread.stop()
    await this.#instance?.close()
  }

  async #drain(dispatcher: Clockwork['dispatcher'], grace: number): Promise<void> {
    const { drain } = this.#settings.shutdown
    let isOver = false
    void dispatcher.stop().then(() => {
      isOver = true
    })
    const abortAt = this.clock.now() + drain
    const end = abortAt + grace + DRAIN_STEP
    this.clock.after(drain, () => dispatcher.abortAll('stopping'))
    await this.clock.advance(0)
    while (!isOver && this.clock.now() < end) await this.clock.advance(DRAIN_STEP)
  }
}

/** How far the clock moves at once while a stop waits for runs. */
const DRAIN_STEP = 10_000
