/**
 * Runs services on the thread of a test, with a clock that the test moves. The scheduler, the decisions, the ledgers, retries,
 * breakers, time-outs, hooks and calls are those of production; only the threads are simulated.
 */
import { type Logger, pino } from 'pino'
import { type Settings, splitConfig } from '../config/settings.js'
import { describeModule } from '../define/describe.js'
import type { DurationInput } from '../define/options/durations.js'
import { injectionsOf, type ServiceSource } from '../define/service-source.js'
import type { Timer } from '../dispatch/lane.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { UsageError } from '../kernel/errors.js'
import { Events, type RunEnded } from '../kernel/events.js'
import { refuseUnknownKeys } from '../kernel/known-keys.js'
import type { RunContext, RunResult } from '../kernel/run-context.js'
import { didYouMean, show } from '../kernel/suggest.js'
import type { LedgerCounts } from '../kernel/view.js'
import { StateStore } from '../state/state-store.js'
import type { Running } from '../supervise/assemble.js'
import {
  DEFAULT_START,
  HARNESS_OPTIONS,
  type HarnessOptions,
  type HarnessService,
  RENAMED_HARNESS_OPTIONS,
  readMoment,
  sourceOf,
} from './harness-options.js'
import { HarnessRuntime } from './harness-runtime.js'
import { refuseUnknownNames } from './injected-names.js'
import { readSignedSpan, readSpan } from './spans.js'
import { recordOfRun, recordOfSkip, type TickRecord } from './tick-record.js'
import { VirtualClock } from './virtual-clock.js'

/** One line of the log. */
export type LogRecord = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg?: string }

/**
 * Creates a harness for one service, or for several that call each other.
 *
 *     const harness = createHarness(Reports, { dependencies: { db: fakeDb }, config: { REPORT_INTERVAL: '1h' } })
 *     await harness.advance('1d')
 *     expect(harness.ticks('generate')).toHaveLength(24)
 *     await harness.stop()
 *
 * @throws DefinitionError, ConfigError as the supervisor does; UsageError for a dependency that no service injects, an
 *   unknown option, or an invalid value.
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
  /** Every log line as an object; `level` is the number of pino. */
  readonly logs: LogRecord[] = []
  readonly #settings: Settings
  readonly #config: Readonly<Record<string, unknown>>
  readonly #sources: readonly ServiceSource[]
  readonly #settleTimeout: number
  readonly #log: Logger
  readonly #records: TickRecord[] = []
  readonly #replacements: Record<string, unknown> = {}
  readonly #watchers = new Set<(run: RunContext, result: RunResult) => void>()
  #definitions: readonly ServiceDefinition[]
  #runtime: HarnessRuntime | undefined
  #starting: Promise<this> | undefined
  #stopping: Promise<void> | undefined

  constructor(services: readonly HarnessService[], options: HarnessOptions) {
    refuseUnknownKeys(options, HARNESS_OPTIONS, 'createHarness()', RENAMED_HARNESS_OPTIONS)
    const { dependencies = {}, config = {}, at = DEFAULT_START, settleTimeout = 0 } = options
    const wall = readMoment(at)
    const { settings, user } = splitConfig(config)
    this.#settings = settings
    this.#config = user
    this.#settleTimeout = readSpan(settleTimeout, 'settleTimeout') / 1_000
    this.#sources = services.map(sourceOf)
    const exports = Object.fromEntries(this.#sources.map((source, index) => [`service${index}`, source]))
    this.#definitions = describeModule(exports, 'the harness', {
      config: user,
      defaults: settings.defaults,
      services: settings.services,
      load: 0,
      host: 'harness',
      now: wall,
    })
    this.clock = new VirtualClock({ start: 1_000_000, wall, settle: async () => this.#runtime?.settle() })
    this.#log = pino({ level: 'trace' }, { write: (line: string) => void this.logs.push(JSON.parse(line)) })
    this.events.on('run.ended', (run: RunEnded) => this.#records.push(recordOfRun(run)))
    this.events.on('tick.skipped', (skip) => this.#records.push(recordOfSkip(skip)))
    this.replace(dependencies)
  }

  /** The service object (of the first service, if there are several). Available after the start of the harness. */
  get instance(): Instance {
    return this.instanceOf<Instance>(this.#definitions[0]!.name)
  }

  /** The service object of a service, by its name. */
  instanceOf<Of extends object>(service: string): Of {
    return this.#startedRuntime(service).threads.of(service).service.object as Of
  }

  /** Sets up dependencies, calls `onStart`, and arms the timers. {@link advance} does this too if it has not been done. */
  start(): Promise<this> {
    return this.#started('start()')
  }

  /** Moves the clock forward: every tick comes due at its moment. Seconds, or a duration. */
  async advance(span: DurationInput): Promise<void> {
    const micros = readSpan(span, 'advance()')
    await this.#started('advance()')
    await this.clock.advance(micros)
  }

  /** Sets the wall clock forward, or back when the span is negative (`'-1h'`). */
  async jumpWallClock(span: DurationInput): Promise<void> {
    const micros = readSignedSpan(span, 'jumpWallClock()')
    await this.#started('jumpWallClock()')
    this.clock.jumpWall(micros / 1_000)
    await this.clock.advance(0)
  }

  /** Moves the clock forward while no code runs, as when the process is stopped or the machine is too busy. */
  async stall(span: DurationInput): Promise<void> {
    const micros = readSpan(span, 'stall()')
    await this.#started('stall()')
    await this.clock.stall(micros)
  }

  /** The results of the ticks so far, in the order in which they were decided; with `method`, only those of one method. */
  ticks(method?: string): readonly TickRecord[] {
    if (method === undefined) {
      this.#begun('ticks()')
      return [...this.#records]
    }
    const { id } = this.#timerOf(method, 'ticks()').definition
    return this.#records.filter(({ entrypoint }) => entrypoint === id)
  }

  /** The tick counts of a timer. They balance: `due = skipped + runs + active + pending`. */
  ledger(method: string): LedgerCounts {
    return this.#timerOf(method, 'ledger()').ledger.counts()
  }

  /** Adds a tick by hand; see `Supervisor.trigger`. */
  async trigger(method: string): Promise<void> {
    await this.#started('trigger()')
    this.#begun('trigger()').ticks.trigger(this.#timerOf(method, 'trigger()'))
    await this.clock.advance(0)
  }

  /** Stops as the supervisor does: runs may end, are aborted after `escapement.shutdown.drain`, then killed. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** The definitions of the services, as the supervisor describes them. */
  get services(): readonly ServiceDefinition[] {
    return this.#definitions
  }

  /** @internal Implements {@link replaceDependencies}. */
  replace(dependencies: Readonly<Record<string, unknown>>): void {
    const injections = this.#sources.flatMap((source) => injectionsOf(source))
    refuseUnknownNames(Object.keys(dependencies), injections, this.#who)
    for (const [name, value] of Object.entries(dependencies)) {
      this.#refuseStarted('replace dependencies')
      this.#replacements[name] = value
    }
  }

  /** @internal Implements {@link restrictEntrypoints}. */
  restrict(methods: readonly string[]): void {
    this.#refuseStarted('restrict entrypoints')
    const kept = methods.flatMap((method) => this.#idsOf(method))
    this.#definitions = this.#definitions.map((service) => ({
      ...service,
      timers: service.timers.filter(({ id }) => kept.includes(id)),
      rpcs: service.rpcs.filter(({ id }) => kept.includes(id)),
    }))
  }

  /** @internal The id of an entrypoint, from `method` or `service.method`. */
  idOf(method: string): string {
    return this.#idsOf(method)[0]!
  }

  /** The id of an entrypoint, or of all timers of a method, by its name alone or with the service's before it. */
  #idsOf(method: string): string[] {
    const ids = this.#definitions.flatMap(({ timers, rpcs }) => [...timers, ...rpcs].map(({ id }) => id))
    const isNamed = (id: string) => id === method || id.endsWith(`.${method}`)
    const exact = ids.find((id) => id === method) ?? ids.find(isNamed)
    if (exact) return [exact]
    const timers = ids.filter((id) => isNamed(id.split('#')[0]!))
    if (timers.length > 0) return timers
    const methods = ids.map((id) => id.slice(id.indexOf('.') + 1))
    throw new UsageError(
      'ERR_NO_ENTRYPOINT',
      `${this.#who} has no entrypoint ${show(method)}${didYouMean(method, methods)} (it has ${methods.join(', ')})`,
    )
  }

  /** @internal Calls `watcher` after the hooks of every run, until the returned function is called. */
  watch(watcher: (run: RunContext, result: RunResult) => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** @internal Calls a method between its hooks, independently of the schedule. */
  async enter(run: RunContext, args: readonly unknown[]): Promise<unknown> {
    await this.#started('entrypointHook()')
    return this.#runtime!.threads.enter(run, args)
  }

  /** @internal */
  get log(): Logger {
    return this.#log
  }

  get #who(): string {
    return this.#definitions.map(({ name }) => name).join(', ')
  }

  /** The timer of a method. `caller` is the function that needs it, for messages. */
  #timerOf(method: string, caller: string): Timer {
    const id = this.idOf(method)
    const timer = this.#begun(caller).timers.find(({ definition }) => definition.id === id)
    if (timer) return timer
    throw new UsageError('ERR_NO_TIMER', `${caller}: ${id} is not a timer: it is an rpc, which has no ticks`)
  }

  #begun(caller: string): Running {
    if (this.#runtime?.isStarted) return this.#runtime.running
    throw new UsageError(
      'ERR_LIFECYCLE',
      `${caller}: the harness has not been started: is there an "await" missing before start() or advance()?`,
    )
  }

  #started(caller: string): Promise<this> {
    if (this.#stopping) {
      const problem = `${caller}: the harness was stopped and cannot be restarted; create a new one with createHarness()`
      return Promise.reject(new UsageError('ERR_LIFECYCLE', problem))
    }
    this.#starting ??= this.#start()
    return this.#starting
  }

  #startedRuntime(service: string): HarnessRuntime {
    if (this.#runtime) return this.#runtime
    throw new UsageError('ERR_LIFECYCLE', `${service} has not been started: await start() first`)
  }

  async #start(): Promise<this> {
    this.#runtime = new HarnessRuntime({
      definitions: this.#definitions,
      sources: this.#sources,
      settings: this.#settings,
      config: this.#config,
      clock: this.clock,
      events: this.events,
      log: this.#log,
      state: new StateStore({ maxBytes: this.#settings.state.maxBytes }),
      replacements: this.#replacements,
      settleTimeout: this.#settleTimeout,
      onRun: (run, result) => {
        for (const watcher of this.#watchers) watcher(run, result)
      },
    })
    await this.#runtime.start()
    return this
  }

  async #stop(): Promise<void> {
    await this.#starting?.catch(() => {})
    await this.#runtime?.stop()
  }

  #refuseStarted(what: string): void {
    if (!this.#starting) return
    throw new UsageError('ERR_LIFECYCLE', `you must ${what} before the harness is started`)
  }
}
