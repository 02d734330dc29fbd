/**
 * An engine with its configuration, log, metrics, the admin thread, and the state of services.
 *
 * The modules are read on other threads while this one imports the rest of what it needs.
 */
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { loadConfig } from '../config/load-config.js'
import type { SettingsInput } from '../config/settings.js'
import { exposureWarning } from '../config/settings-http.js'
import { systemClock } from '../kernel/clock.js'
import { definitionWarnings } from '../kernel/definition-warnings.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { StoppedError } from '../kernel/errors.js'
import type { Events } from '../kernel/events.js'
import type { StopOptions, StopReport } from '../kernel/stop.js'
import { cutTimerSlack } from '../pool/timer-slack.js'
import type { OpenState } from '../state/open-state.js'
import { openMainRegistry } from './admin/main-registry.js'
import { mainSampler } from './admin/main-sampler.js'
import { type Output, openOutput } from './admin/open-output.js'
import { EngineServer } from './admin/serve-engine.js'
import { askConfigModule } from './ask-config-module.js'
import type { Running } from './assemble.js'
import { describeModules, type Modules, moduleUrls, preloadUrls } from './describe/describe-modules.js'
import type { Engine } from './engine.js'
import type { PoolThreads } from './make-pools.js'
import type { QueueOptions } from './queue/queue-setup.js'
import { StartWatch } from './start-watch.js'
import type { MetricKeeper } from './thread-message-router.js'

export interface ObservedEngineOptions extends QueueOptions {
  readonly modules: Modules
  readonly config?: string | Readonly<Record<string, unknown>>
  readonly http?: SettingsInput['http']
  readonly coordination?: SettingsInput['coordination']
  readonly logger?: Logger
  readonly registry?: Registry
  readonly processMetrics?: boolean
  readonly events: Events
  /** What this process itself writes to its standard output and standard error goes to the admin thread too. */
  readonly ownsStreams: boolean
}

interface Parts {
  readonly engine: Engine
  readonly registry: Registry | undefined
  readonly state: OpenState
  readonly closers: (() => void | Promise<void>)[]
  readonly output: Output
  readonly attach: (running: Running<PoolThreads>) => Promise<string | undefined>
}

export class ObservedEngine {
  readonly engine: Engine
  /** Undefined when only the admin thread has one. */
  readonly registry: Registry | undefined
  readonly #savedState: OpenState
  readonly #attach: (running: Running<PoolThreads>) => Promise<void>
  /** Functions to call after the engine has stopped, last one first. */
  readonly #closers: (() => void | Promise<void>)[]
  readonly #output: Output
  #url: string | undefined
  #isForced = false
  #closing: Promise<boolean> | undefined

  /** Use {@link create}; tests give parts of their own. */
  constructor({ engine, registry, state, closers, output, attach }: Parts) {
    this.engine = engine
    this.registry = registry
    this.#savedState = state
    this.#closers = closers
    this.#output = output
    this.#attach = async (running) => {
      this.#url = await attach(running)
    }
  }

  /**
   * Reads the configuration and begins to read the modules. It starts no service, and leaves nothing open when it throws.
   *
   * @throws ConfigError, DefinitionError, or UsageError for invalid options.
   */
  static async create(options: ObservedEngineOptions, isStopped: () => boolean): Promise<ObservedEngine> {
    const clock = systemClock()
    const watch = new StartWatch(clock, options.events)
    const { settings: given, user } = await loadConfig(options.config ?? {}, options, askConfigModule)
    const settings = { ...given, preload: await preloadUrls(given.preload) }
    const urls = await moduleUrls(options.modules)
    if (isStopped()) throw new StoppedError()
    const { defaults, services: overrides } = settings
    cutTimerSlack()
    const output = openOutput({
      ...options,
      isHttpServed: Boolean(settings.http),
      level: settings.log.level,
      clock,
    })
    const { log } = output
    const services = describeModules(urls, { config: user, defaults, services: overrides }, clock)
    // The engine reports the failure when it starts.
    services.then(
      () => watch.described(),
      () => {},
    )

    const [{ Engine }, { openState }, observe] = await Promise.all([
      import('./engine.js'),
      import('../state/open-state.js'),
      importObservers(),
    ])
    const warn = (found: readonly ServiceDefinition[]) => {
      for (const warning of definitionWarnings(found)) log.warn(warning)
    }
    services.then(warn, () => {})
    const onNotSaved = (error: Error) => log.error({ err: error }, 'state not saved')
    const state = await openState(settings.state, clock, onNotSaved).catch(async (error) => {
      await output.close()
      throw error
    })
    const closers: (() => void | Promise<void>)[] = []
    try {
      const { adminThread, memory: outputMemory } = output
      const isServed = Boolean(settings.http)
      const processMetrics = options.processMetrics ?? true
      const isRegistryWanted = options.registry !== undefined || (!isServed && !options.ownsStreams)
      const onConflict = (text: string) => log.error(text)
      const main = isRegistryWanted
        ? await openMainRegistry({ registry: options.registry, outputMemory, processMetrics, onConflict })
        : undefined
      if (main) closers.push(() => main.stop())
      const metrics = [...(main ? [main.userMetrics] : []), ...(isServed && adminThread ? [adminThread.metrics] : [])]
      const forwarder = new observe.LineForwarder({
        logger: log,
        onDropped: (lines) => outputMemory.addDrops('slow_logger', lines),
      })
      closers.push(() => forwarder.flush())
      const loopLag = observe.eventLoopLag()
      closers.push(() => loopLag.stop())
      const engine = new Engine({
        services,
        settings,
        config: user,
        log: output.setup,
        output: adminThread,
        clock,
        events: options.events,
        onMessage: (message) => forwarder.take(message),
        state,
        pauseFile: state.pauses,
        metrics: keptBy(metrics),
        loopLag,
        connectQueue: options.connectQueue,
      })
      closers.push(
        observe.logEvents({ logger: log, events: options.events }),
        observe.hintAtNiceness({
          logger: log,
          events: options.events,
          services: () => engine.services,
          now: clock.now,
        }),
      )
      const { http, notify, heartbeat } = settings
      const server =
        http && adminThread ? new EngineServer({ adminThread, engine, events: options.events, clock }) : undefined
      if (server) closers.push(() => server.stop())
      const attach = async (running: Running<PoolThreads>) => {
        main?.fill(running.counters, () => engine.writeSampled())
        if (!http || !server) return undefined
        const warning = exposureWarning(http)
        if (warning !== undefined) log.warn(warning)
        const sampler = mainSampler()
        closers.push(() => sampler.stop())
        return watch.listen(() => server.serve({ ...http, notify, heartbeat, running, sampler, processMetrics }))
      }
      return new ObservedEngine({ engine, registry: main?.registry, state, closers, output, attach })
    } catch (error) {
      await closeAll(closers)
      await state.close()
      await output.close()
      throw error
    }
  }

  /** Starts every service; resolves when every timer is armed and metrics are served. Nothing is left running otherwise. */
  async start(): Promise<void> {
    try {
      await this.engine.start(this.#attach)
    } catch (error) {
      await this.#close()
      throw error
    }
  }

  /** Stops the engine, then calls the closers. */
  async stop(options: StopOptions): Promise<StopReport> {
    this.#isForced ||= options.force === true
    const report = await this.engine.stop(options)
    return (await this.#close()) ? report : { ...report, isStateLost: true }
  }

  /** Resolves to whether the state of services is in its file. Every stop waits for the same end. */
  #close(): Promise<boolean> {
    this.#closing ??= this.#closeAll()
    return this.#closing
  }

  async #closeAll(): Promise<boolean> {
    await closeAll(this.#closers)
    const isSaved = await this.#savedState.close()
    await this.#output.close({ isForced: this.#isForced })
    return isSaved
  }

  /** URL of metrics and health; undefined when they are not served. */
  get url(): string | undefined {
    return this.#url
  }
}

async function importObservers() {
  const [{ eventLoopLag }, { logEvents }, { hintAtNiceness }, { LineForwarder }] = await Promise.all([
    import('../observe/event-loop-lag.js'),
    import('../observe/log/log.js'),
    import('../observe/log/compute-hint.js'),
    import('../observe/log/line-forwarder.js'),
  ])
  return { eventLoopLag, logEvents, hintAtNiceness, LineForwarder }
}

/** Gives each message to all of them. */
function keptBy(keepers: readonly MetricKeeper[]): MetricKeeper {
  return {
    take(thread, message) {
      for (const keeper of keepers) keeper.take(thread, message)
    },
    retire(thread) {
      for (const keeper of keepers) keeper.retire(thread)
    },
  }
}

async function closeAll(closers: (() => void | Promise<void>)[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}
