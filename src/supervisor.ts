/**
 * The main class of the library: a supervisor with its observers (log, metrics, HTTP).
 *
 * Worker threads import this file too (through `escapement`, for the decorators), so everything heavy is imported when
 * a supervisor starts.
 */
import type { Registry } from 'prom-client'
import type { TriggerResult } from './dispatch/admission.js'
import type { AbortResult } from './kernel/control.js'
import type { ServiceDefinition } from './kernel/definitions.js'
import { StartError, StoppedError, UsageError } from './kernel/errors.js'
import { type EventName, Events, type Listener } from './kernel/events.js'
import type { Health } from './kernel/health.js'
import { refuseUnknownKeys } from './kernel/known-keys.js'
import type { PauseOptions, PauseView } from './kernel/pause.js'
import type { CallOptions } from './kernel/rpc.js'
import type { StopOptions, StopReport } from './kernel/stop.js'
import { show } from './kernel/suggest.js'
import { limitSentence, withLimit } from './kernel/system-limit.js'
import type { ThreadView, TimerView } from './kernel/view.js'
import { type Remote, refuseUnknownCallOptions } from './rpc/remote.js'
import type { Engine } from './supervise/engine.js'
import type { ObservedEngine } from './supervise/observed-engine.js'

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
  /** The pauses that are in effect, by entrypoint. */
  readonly pauses: readonly PauseView[]
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
  readonly #owner: 'library' | 'command'
  readonly #events = new Events()
  #state: State = { name: 'new' }
  #stopping: Promise<StopReport> | undefined

  /** @param owner `command`: the process does nothing else, so its standard output and standard error are the supervisor's. */
  constructor(options: SupervisorOptions, owner: 'library' | 'command' = 'library') {
    refuseUnknownKeys(options, OPTIONS, 'new Supervisor()')
    const { modules } = options
    if (!Array.isArray(modules) || !modules.every((module) => typeof module === 'string' || module instanceof URL)) {
      throw new UsageError(
        'ERR_MODULES',
        `new Supervisor() expects "modules" to be a list of paths, got ${show(modules)}`,
      )
    }
    this.#options = { ...options }
    this.#owner = owner
  }

  /**
   * Describes and starts every service; resolves when the first tick is armed and metrics are served.
   *
   * Throws a ConfigError or DefinitionError that names all problems, a StartError when a service cannot be started or the
   * operating system refuses threads, open files or memory (`ERR_SYSTEM_LIMIT`), or a StoppedError (`ERR_STOPPED`) when it is
   * stopped before it has started; after an error nothing is left running.
   */
  start(): Promise<void> {
    if (this.#stopping) return Promise.reject(new StoppedError())
    if (this.#state.name === 'new') this.#state = { name: 'loading', started: this.#start().catch(nameLimit) }
    return this.#state.started
  }

  /**
   * Stops the supervisor: no further run starts. Runs in progress may end within `escapement.shutdown.drain`; then they are
   * aborted, and killed with their threads at the end of their `abortGrace`. The report lists what had to be killed.
   *
   * `stop({ force: true })` kills all runs at once, and resolves within a second; it may be called while a stop is in
   * progress. Every call resolves with the same report. Throws a UsageError (`ERR_OPTIONS`, `ERR_UNKNOWN_OPTION`) for
   * anything but `{ reason, force }`.
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    checkStopOptions(options)
    this.#stopping ??= this.#stop(options)
    if (options.force === true && this.#state.name === 'loaded') void this.#state.observed.stop(options)
    return this.#stopping
  }

  /** @deprecated Throws: call `stop({ force: true })`. */
  hurry(): never {
    throw new UsageError('ERR_OPTIONS', 'supervisor.hurry() was removed: call supervisor.stop({ force: true })')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop({ reason: 'the supervisor was disposed of' }).then(() => {})
  }

  /** Subscribes to an event; the result unsubscribes. A listener that throws breaks nothing. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#events.on(name, listener)
  }

  /**
   * Adds a tick of a timer now. It ignores pause and window; `overlap` applies. `id` is `service.method`, or
   * `service.method#name`; the id of a method with several timers means the first of them. Returns `started`, `waiting`, or the
   * reason why the tick was skipped.
   *
   * `by` and `reason` say in the log and in the event `command.done` who did it and why; by default it is this process. Throws a
   * UsageError when there is no such timer, or the supervisor is not running.
   */
  trigger(id: string, options?: PauseOptions): TriggerResult {
    return this.#engine.trigger(id, options)
  }

  /**
   * Aborts the runs in progress of a timer (`service.method#name`), or of all timers of a method (`service.method`), with the cause
   * `manual`, as a time-out would: a run that has not ended at the end of its `abortGrace` is killed with its thread. It is not
   * retried. Runs that have not begun stay, and ticks that wait take their turn. Returns how many runs were aborted and how many were
   * left. Throws like {@link trigger}, but also works while the supervisor stops.
   */
  abort(id: string, options?: PauseOptions): AbortResult {
    return this.#engine.abort(id, options)
  }

  /**
   * Skips the ticks of a timer (`service.method#name`), or of all timers of a method (`service.method`), from now on, with
   * the reason `paused`. A run in progress continues. Returns the pauses that are now in effect on these timers; `kept` says how
   * long each lasts. A timer that is paused already keeps its first pause.
   *
   * Throws a UsageError when there is no such timer (`ERR_NO_TIMER`), or `by` or `reason` is too long (`ERR_OPTIONS`).
   */
  pause(id: string, options?: PauseOptions): readonly PauseView[] {
    return this.#engine.pause(id, options)
  }

  /**
   * Lets a timer, or all timers of a method, tick again, beginning with the next due moment. Returns the pauses that it has
   * ended. It also ends the pause of a timer that no longer exists. Throws like {@link pause}.
   */
  resume(id: string, options?: PauseOptions): readonly PauseView[] {
    return this.#engine.resume(id, options)
  }

  /**
   * Returns an object with the methods of a service, for calls from the program that runs the supervisor:
   *
   *     const users = supervisor.remote<UserService>('user_service')
   *     await users.getUsersForSync({ limit: 100 })
   *
   * Throws a UsageError before `start()` has described the services. Calls fail with the same errors as calls from services.
   */
  remote<Service>(service: string, options: CallOptions = {}): Remote<Service> {
    refuseUnknownCallOptions(options, 'supervisor.remote()')
    return this.#engine.remote<Service>(service, options)
  }

  snapshot(): Snapshot {
    if (this.#state.name !== 'loaded') {
      return {
        timers: [],
        threads: [],
        pauses: [],
        health: { live: true, ready: false, problems: [{ kind: 'supervisor_changing', text: 'it is not started' }] },
      }
    }
    const { engine } = this.#state.observed
    return { timers: engine.timers(), threads: engine.threads(), pauses: engine.pauses(), health: engine.health() }
  }

  /** The services that the modules define; empty before `start()`. */
  get services(): readonly ServiceDefinition[] {
    return this.#state.name === 'loaded' ? this.#state.observed.engine.services : []
  }

  /**
   * The registry with the supervisor's metrics: the option `registry`; with `http: false` and no such option, one of its own.
   *
   * Throws a UsageError before `start()` (`ERR_LIFECYCLE`), and when there is none on this thread (`ERR_NO_REGISTRY`): while metrics are
   * served, they are made into text on another thread.
   */
  get registry(): Registry {
    if (this.#state.name === 'loaded') {
      const { registry } = this.#state.observed
      if (registry) return registry
      throw new UsageError(
        'ERR_NO_REGISTRY',
        'the metrics are served by another thread, and this one has no registry with them. Give it one: new Supervisor({ registry: new Registry() })',
      )
    }
    throw new UsageError('ERR_LIFECYCLE', 'the registry exists once start() has been called')
  }

  /** URL of metrics and health; undefined when they are not served. */
  get url(): string | undefined {
    return this.#state.name === 'loaded' ? this.#state.observed.url : undefined
  }

  get #engine(): Engine {
    if (this.#state.name === 'loaded') return this.#state.observed.engine
    throw new UsageError('ERR_LIFECYCLE', 'the supervisor has not been started')
  }

  async #start(): Promise<void> {
    const { ObservedEngine } = await import('./supervise/observed-engine.js')
    const options = { ...this.#options, events: this.#events, ownsStreams: this.#owner === 'command' }
    const observed = await ObservedEngine.create(options, () => this.#stopping !== undefined)
    const started = this.#stopping ? observed.stop({}).then(refuseStopped) : observed.start()
    if (this.#state.name === 'loading') this.#state = { name: 'loaded', observed, started: this.#state.started }
    await started
  }

  async #stop(options: StopOptions): Promise<StopReport> {
    const state = this.#state
    if (state.name === 'loaded') return state.observed.stop(options)
    if (state.name === 'loading') await state.started.catch(() => {})
    return NOTHING_STOPPED
  }
}

type State =
  | { readonly name: 'new' }
  /** The configuration is being read, and the modules of the main thread are being imported. */
  | { readonly name: 'loading'; readonly started: Promise<void> }
  | { readonly name: 'loaded'; readonly started: Promise<void>; readonly observed: ObservedEngine }

const NOTHING_STOPPED: StopReport = { killed: [], alive: [] }

function checkStopOptions(options: unknown): void {
  if (typeof options === 'string') {
    const call = `stop({ reason: ${JSON.stringify(options)} })`
    throw new UsageError(
      'ERR_OPTIONS',
      `supervisor.stop() expects { reason, force }, got the text ${show(options)}: call ${call}`,
    )
  }
  refuseUnknownKeys(options, ['reason', 'force'] satisfies (keyof StopOptions)[], 'supervisor.stop()')
}

/** What fails because of a limit of the operating system is neither the fault of a module nor of a service. */
function nameLimit(error: unknown): never {
  const limit = limitSentence(error)
  if (limit === undefined) throw error
  const message = error instanceof Error ? error.message : String(error)
  throw new StartError('ERR_SYSTEM_LIMIT', withLimit(message, limit), { cause: error })
}

function refuseStopped(): never {
  throw new StoppedError()
}
