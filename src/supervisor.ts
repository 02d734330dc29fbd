/**
 * The library's front door: a supervisor with its observers (log, metrics, HTTP) attached.
 *
 * Worker threads import this file too (through `escapement`, for the decorators), so everything heavy is imported when
 * a supervisor starts.
 */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Registry } from 'prom-client'
import type { HttpServer } from './admin/server.js'
import type { TriggerResult } from './dispatch/dispatcher.js'
import { systemClock } from './kernel/clock.js'
import type { ServiceDefinition } from './kernel/definitions.js'
import { DefinitionError, StoppedError, UsageError } from './kernel/errors.js'
import { type EventName, Events, type Listener } from './kernel/events.js'
import { refuseUnknownKeys } from './kernel/known-keys.js'
import type { CallOptions } from './kernel/rpc.js'
import { show } from './kernel/suggest.js'
import type { Health, ThreadView, TimerView } from './kernel/view.js'
import type { WorkerMessage } from './pool/protocol.js'
import { type Remote, refuseUnknownCallOptions } from './rpc/remote.js'
import type { OpenState } from './state/open-state.js'
import type { Engine, StopReport } from './supervise/engine.js'
import type { SupervisorOptions } from './supervisor-options.js'

const OPTIONS = [
  'modules',
  'config',
  'http',
  'coordination',
  'logger',
  'registry',
  'processMetrics',
] as const satisfies (keyof SupervisorOptions)[]

/** The state of a supervisor as plain data. */
export interface Snapshot {
  readonly timers: readonly TimerView[]
  readonly threads: readonly ThreadView[]
  readonly health: Health
}

/**
 *     const supervisor = new Supervisor({ modules: ['./service.ts'] })
 *     await supervisor.start()
 *     ...
 *     await supervisor.stop()
 *
 * A supervisor starts once. `stop()` may be called at any time and any number of times; it also runs at the end of an
 * `await using` block.
 */
export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions
  readonly #events = new Events()
  #engine: Engine | undefined
  #http: HttpServer | undefined
  #stopObserving: (() => void) | undefined
  #registry: Registry | undefined
  #state: OpenState | undefined
  #starting: Promise<void> | undefined
  #stopping: Promise<StopReport> | undefined

  constructor(options: SupervisorOptions) {
    refuseUnknownKeys(options, OPTIONS, 'new Supervisor()')
    const { modules } = options
    if (!Array.isArray(modules) || !modules.every((module) => typeof module === 'string' || module instanceof URL)) {
      throw new UsageError(
        'ERR_MODULES',
        `new Supervisor() expects "modules" to be a list of paths, got ${show(modules)}`,
      )
    }
    this.#options = { ...options }
  }

  /**
   * Describes and starts every service; resolves when the first tick is armed and metrics are served.
   *
   * Throws a ConfigError or DefinitionError naming everything that is wrong, or a StartError when a service cannot be
   * started, or a StoppedError (`ERR_STOPPED`) when it is stopped before; nothing is left running then.
   */
  start(): Promise<void> {
    if (this.#stopping) return Promise.reject(new StoppedError())
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Stops in good order and says what had to be killed. */
  stop(reason = 'stop() was called'): Promise<StopReport> {
    this.#stopping ??= this.#stop(reason)
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop('the supervisor was disposed of').then(() => {})
  }

  /** Subscribes to an event; the result unsubscribes. A listener that throws breaks nothing. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#events.on(name, listener)
  }

  /**
   * Runs a timer now, with a tick of its own: not asked about pause or window, but about overlap, and not about how late
   * it is. Says what became of it: `started`, `waiting`, or why it was skipped.
   *
   * Throws a UsageError when there is no such timer, or the supervisor is not running.
   */
  trigger(entrypoint: string): TriggerResult {
    return this.#running.trigger(entrypoint)
  }

  /** Skips the ticks of a timer from now on, with the reason `paused`. A run that is going goes on. */
  pause(entrypoint: string): void {
    this.#running.pause(entrypoint)
  }

  /** Lets a timer tick again, from its next due moment on. */
  resume(entrypoint: string): void {
    this.#running.resume(entrypoint)
  }

  /**
   * The methods of a service, to be called from the program that runs the supervisor:
   *
   *     const users = supervisor.remote<UserService>('user_service')
   *     await users.getUsersForSync({ limit: 100 })
   *
   * Throws a UsageError before `start()` has described the services; calls fail as those of services do.
   */
  remote<Service>(service: string, options: CallOptions = {}): Remote<Service> {
    refuseUnknownCallOptions(options, 'supervisor.remote()')
    return this.#running.remote<Service>(service, options)
  }

  /** Makes a stop that is under way kill what still runs at once. */
  hurry(): void {
    this.#engine?.hurry()
  }

  get #running(): Engine {
    if (!this.#engine) throw new UsageError('ERR_LIFECYCLE', 'the supervisor has not been started')
    return this.#engine
  }

  snapshot(): Snapshot {
    const engine = this.#engine
    if (!engine)
      return { timers: [], threads: [], health: { live: true, ready: false, problems: ['it is not started'] } }
    return { timers: engine.timers(), threads: engine.threads(), health: engine.health() }
  }

  /** What the modules define; empty before `start()`. */
  get services(): readonly ServiceDefinition[] {
    return this.#engine?.services ?? []
  }

  /** The registry with the supervisor's metrics. */
  get registry(): Registry {
    if (!this.#registry) throw new UsageError('ERR_LIFECYCLE', 'the registry exists once start() has been called')
    return this.#registry
  }

  /** Where metrics and health are served; undefined when they are not. */
  get url(): string | undefined {
    return this.#http?.address.url
  }

  async #start(): Promise<void> {
    try {
      await this.#assemble()
    } catch (error) {
      await this.#http?.close()
      await this.#state?.close()
      this.#stopObserving?.()
      throw error
    }
  }

  async #assemble(): Promise<void> {
    const { logger, processMetrics, modules } = this.#options
    const [{ Engine }, { loadConfig }, { askConfigModule }, { openState }, { Registry }, { UserMetrics }] =
      await Promise.all([
        import('./supervise/engine.js'),
        import('./config/load-config.js'),
        import('./supervise/ask-config-module.js'),
        import('./state/open-state.js'),
        import('prom-client'),
        import('./observe/user-metrics.js'),
      ])
    const { settings, user } = await loadConfig(this.#options.config ?? {}, this.#options, askConfigModule)
    this.#refuseStopped()
    const { http } = settings
    const urls = await Promise.all(modules.map(moduleUrl))
    const clock = systemClock()
    const registry = this.#options.registry ?? new Registry()
    this.#registry = registry
    let log = logger
    const state = await openState(settings.state, clock, (error) => log?.error({ err: error }, 'state not saved'))
    this.#state = state
    const userMetrics = new UserMetrics({ registry, onConflict: (text) => log?.error(text) })
    let forward: (message: WorkerMessage) => void = () => {}
    let observeLag: (seconds: number) => void = () => {}
    this.#refuseStopped()
    const engine = new Engine({
      modules: urls,
      settings,
      config: user,
      log: logger
        ? { level: logger.level, sink: { kind: 'message' } }
        : { level: settings.log.level, sink: { kind: 'fd', fd: 1, pretty: process.stdout.isTTY === true } },
      clock,
      events: this.#events,
      onMessage: (message) => forward(message),
      state,
      metrics: userMetrics,
      onLag: (lag) => observeLag(lag / 1e6),
    })
    this.#engine = engine
    // The modules are read on other threads while this one imports the rest of itself.
    engine.describe().catch(() => {})
    const [{ createMetrics }, { createLogger }, { logEvents }, { forwardLine }, server] = await Promise.all([
      import('./observe/metrics.js'),
      import('./observe/logger.js'),
      import('./observe/log.js'),
      import('./observe/forward-line.js'),
      http ? import('./admin/server.js') : undefined,
    ])
    const ownLog = logger ?? createLogger({ level: settings.log.level })
    log = ownLog
    forward = ({ line, level }) => forwardLine(ownLog, line, level)
    const stopLogging = logEvents({ logger: ownLog, events: this.#events })
    this.#stopObserving = stopLogging
    await engine.start(async () => {
      const metrics = createMetrics({
        registry,
        events: this.#events,
        view: engine,
        processMetrics: processMetrics ?? true,
        others: [userMetrics.dropped],
      })
      observeLag = (seconds) => metrics.observeSchedulerLag(seconds)
      this.#stopObserving = () => {
        metrics.stop()
        userMetrics.stop()
        stopLogging()
      }
      if (http && server) {
        this.#http = await server.createHttpServer({ ...http, registry, view: engine, logger: ownLog })
      }
    })
  }

  #refuseStopped(): void {
    if (this.#stopping) throw new StoppedError()
  }

  async #stop(reason: string): Promise<StopReport> {
    const early = await this.#engine?.stop(reason)
    await this.#starting?.catch(() => {})
    // The engine may have come up only now.
    const report = early ?? (await this.#engine?.stop(reason)) ?? { killed: [] }
    await this.#http?.close()
    await this.#state?.close()
    this.#stopObserving?.()
    return report
  }
}

async function moduleUrl(given: string | URL): Promise<string> {
  const url = given instanceof URL || given.startsWith('file:') ? new URL(given) : pathToFileURL(resolve(given))
  const path = fileURLToPath(url)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return url.href
  const what = found ? 'is a folder, not a file' : 'does not exist'
  throw new DefinitionError('ERR_MODULE_MISSING', [`module ${String(given)} ${what} (looked for ${path})`])
}

/** What modules define, without starting anything. Throws as {@link Supervisor.start} does. */
export async function describeServices(
  modules: SupervisorOptions['modules'],
  config?: SupervisorOptions['config'],
): Promise<ServiceDefinition[]> {
  const [{ describeModules }, { loadConfig }, { askConfigModule }] = await Promise.all([
    import('./supervise/describe-modules.js'),
    import('./config/load-config.js'),
    import('./supervise/ask-config-module.js'),
  ])
  const { settings, user } = await loadConfig(config ?? {}, {}, askConfigModule)
  const { defaults, services } = settings
  return describeModules(await Promise.all(modules.map(moduleUrl)), { config: user, defaults, services }, systemClock())
}
