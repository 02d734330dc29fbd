/**
 * Starts and stops the parts that {@link assemble} has created.
 *
 *     new --> starting --> running --> stopping --> stopped
 *                |  \----------------> stopping
 *                +--> failed
 *
 * 1. An engine starts once, and stops once; each call of `stop` returns the same promise.
 * 2. Nothing is left running when it has failed, or has stopped: all threads have exited but those that a report calls alive.
 * 3. No tick comes before every service has started, and none after the stop has begun.
 * 4. A forced stop waits only for exits of threads, for at most {@link FORCED_STOP} after its request.
 */
import type { Settings } from '../config/settings.js'
import { onceAborted } from '../coordinate/until-aborted.js'
import type { TriggerResult } from '../dispatch/admission.js'
import { timersNamed } from '../dispatch/find-timers.js'
import type { Clock } from '../kernel/clock.js'
import type { AbortResult } from '../kernel/control.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { EscapementError, StoppedError, UsageError } from '../kernel/errors.js'
import type { Events } from '../kernel/events.js'
import type { Health } from '../kernel/health.js'
import type { PauseOptions, PauseView } from '../kernel/pause.js'
import type { CallOptions } from '../kernel/rpc.js'
import type { StopOptions, StopReport } from '../kernel/stop.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'
import type { ThreadView, TimerView } from '../kernel/view.js'
import type { EventLoopLag } from '../observe/event-loop-lag.js'
import type { LogSetup, WorkerMessage } from '../pool/protocol.js'
import type { Remote } from '../rpc/remote.js'
import type { PauseFile } from '../state/open-state.js'
import { writeSampled, writeWhenChanged } from './admin/sampled-gauges.js'
import { assemble, type Running } from './assemble.js'
import { Commands } from './control/commands.js'
import { healthOf, viewThreads, viewTimers } from './engine-view.js'
import { MainRpcClient } from './main-rpc-client.js'
import { makePoolThreads, type PoolThreads } from './make-pools.js'
import { Pauses } from './pauses/pauses.js'
import { type QueueOptions, queueSetup } from './queue/queue-setup.js'
import { closeUnstarted } from './stop/close-all.js'
import { shutDown } from './stop/shut-down.js'
import type { MetricKeeper, OutputKeeper, StateKeeper } from './thread-message-router.js'

export interface EngineOptions extends QueueOptions {
  /** The services, as soon as the modules have been read. */
  readonly services: Promise<readonly ServiceDefinition[]>
  /** With URLs of the modules in `preload`. */
  readonly settings: Settings
  /** The user's part of the configuration. */
  readonly config: Readonly<Record<string, unknown>>
  readonly log: LogSetup
  readonly clock: Clock
  readonly events: Events
  readonly onMessage: (message: WorkerMessage) => void
  /** Stores the state of services. */
  readonly state: StateKeeper
  /** Where pauses are kept that no coordination store keeps; undefined when there is no state file. */
  readonly pauseFile: PauseFile | undefined
  /** Collects the metrics of services. */
  readonly metrics: MetricKeeper
  /** Connects threads to the admin thread, if there is one. */
  readonly output: OutputKeeper | undefined
  /** Measures the event loop of this thread. */
  readonly loopLag: EventLoopLag
}

/** What is to be ready before the first tick. */
type Attach = (running: Running<PoolThreads>) => Promise<void>

/** How long a forced stop waits for the threads it has killed, and for leases to be given back. */
const FORCED_STOP: Micros = 600_000

type State =
  | { readonly name: 'new' | 'starting' | 'stopping' | 'stopped' | 'failed' }
  /** The services are known. */
  | {
      readonly name: 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'
      readonly running: Running<PoolThreads>
      readonly caller: MainRpcClient
      readonly pauses: Pauses
      readonly commands: Commands
    }

export class Engine {
  readonly #options: EngineOptions
  readonly #force = new AbortController()
  #state: State = { name: 'new' }
  #starting: Promise<void> = Promise.resolve()
  #stopping: Promise<StopReport> | undefined

  constructor(options: EngineOptions) {
    this.#options = options
  }

  /**
   * Starts every service; resolves when every timer is armed. On failure nothing is left running. `attach` is called when
   * the services are known, and the first tick waits for it too.
   */
  start(attach: Attach = async () => {}): Promise<void> {
    if (this.#stopping) return Promise.reject(new StoppedError())
    if (this.#state.name !== 'new')
      throw new EscapementError('ERR_LIFECYCLE', `start() was called twice: the supervisor is ${this.#state.name}`)
    this.#state = { name: 'starting' }
    this.#starting = this.#start(attach)
    return this.#starting
  }

  /** Stops in good order, or at once with `force`. */
  stop({ reason = 'stop() was called', force = false }: StopOptions = {}): Promise<StopReport> {
    this.#stopping ??= this.#stop(reason)
    if (force) this.#forceStop()
    return this.#stopping
  }

  async #start(attach: Attach): Promise<void> {
    const { clock, events } = this.#options
    const begun = clock.now()
    try {
      const { running, pauses } = await this.#assemble(await this.#options.services)
      if (this.#stopping) throw new StoppedError()
      const { coordinator, threads } = running
      const opened = coordinator.open(pauses.gate, running.marks).then(() => pauses.loaded())
      const steps = [attach(running), opened, running.queue?.open(), ...threads.pools.map((pool) => pool.open())]
      // When one step fails, wait for the others: what they open must be closed.
      await Promise.all(steps).catch(async (error) => {
        await closeUnstarted(running, this.#pauses)
        await Promise.allSettled(steps)
        throw error
      })
      if (this.#stopping) throw new StoppedError()
      this.#enter('running')
      running.scheduler.start()
      running.marks?.started()
      running.audit.start()
      events.emit('ready', {
        services: running.services.length,
        timers: running.timers.length,
        tookSeconds: secondsFromMicros(clock.now() - begun),
      })
    } catch (error) {
      this.#enter('failed')
      const running = this.#running
      if (running) await closeUnstarted(running, this.#pauses)
      throw this.#stopping ? new StoppedError() : error
    }
  }

  async #assemble(services: readonly ServiceDefinition[]) {
    const { settings, clock, events, loopLag, config, log, onMessage, state, metrics, output, pauseFile } =
      this.#options
    const { startup, rpc, coordination, preload, traces: makesSpans } = settings
    const poolOptions = { services, config, log, clock, events, onMessage, state, metrics, output, preload, makesSpans }
    const running = assemble({
      services,
      coordination,
      queue: await queueSetup(services, this.#options),
      metrics: settings.metrics,
      clock,
      events,
      onAudit: () => writeSampled(running, loopLag.peek()),
      makeThreads: (around) =>
        makePoolThreads({ ...poolOptions, startDeadline: startup.deadline, rpcTimeout: rpc.timeout }, around),
    })
    writeWhenChanged(running, events)
    const caller = new MainRpcClient(running.router, clock, rpc.timeout)
    const isShared = coordination.url !== 'local'
    const pauses = new Pauses({ ...running, events, file: pauseFile, isShared, period: coordination.retry })
    const commands = new Commands({ ...running, events })
    this.#state = { name: 'starting', running, caller, pauses, commands }
    return { running, pauses }
  }

  async #stop(reason: string): Promise<StopReport> {
    const { clock, events } = this.#options
    const begun = clock.now()
    const wasRunning = this.#state.name === 'running'
    if (this.#state.name !== 'starting' && this.#state.name !== 'failed') this.#enter('stopping')
    events.emit('stopping', { reason })
    const cutOff = new Set<string>()
    const deadline = new AbortController()
    const forced = onceAborted(this.#force.signal).then(() => clock.sleep(FORCED_STOP, deadline.signal).catch(() => {}))
    await Promise.race([this.#shutDown(wasRunning, cutOff), forced])
    deadline.abort()
    const running = this.#running
    const threads = running ? viewThreads(running) : []
    const alive = threads.filter(({ state }) => state !== 'stopped').map(({ pool, slot }) => `${pool}/${slot}`)
    running?.audit.look()
    this.#enter('stopped')
    const killed = [...new Set([...(running?.stopper.killed ?? []), ...cutOff])]
    const report: StopReport = { killed, alive }
    events.emit('stopped', { ...report, tookSeconds: secondsFromMicros(clock.now() - begun) })
    return report
  }

  /** Stops all parts; adds the services that did not stop in time to `cutOff`. */
  async #shutDown(wasRunning: boolean, cutOff: Set<string>): Promise<void> {
    if (!wasRunning) {
      const starting = this.#running
      if (starting) await closeUnstarted(starting, this.#pauses)
      await this.#starting.catch(() => {})
    }
    const running = this.#running
    const drain = wasRunning ? this.#options.settings.shutdown.drain : undefined
    const forced = this.#force.signal
    if (running) await shutDown(running, { pauses: this.#pauses, drain, forced, cutOff })
  }

  #forceStop(): void {
    this.#force.abort()
    const running = this.#running
    running?.stopper.killAll()
    for (const pool of running?.threads.pools ?? []) pool.terminate()
  }

  /** See {@link Commands.trigger}. @throws UsageError (`ERR_LIFECYCLE`) unless the engine is running, too. */
  trigger(id: string, options?: PauseOptions): TriggerResult {
    const { running, commands } = this.#known
    timersNamed(running, id)
    if (this.#state.name !== 'running') {
      throw new UsageError('ERR_LIFECYCLE', `cannot trigger ${id}: the supervisor is ${this.#state.name}`)
    }
    return commands.trigger(id, options)
  }

  /** See {@link Commands.abort}. */
  abort(id: string, options?: PauseOptions): AbortResult {
    return this.#known.commands.abort(id, options)
  }

  /** See {@link Pauses.pause}. */
  pause(id: string, options?: PauseOptions): readonly PauseView[] {
    return this.#known.pauses.pause(id, options)
  }

  /** See {@link Pauses.resume}. */
  resume(id: string, options?: PauseOptions): readonly PauseView[] {
    return this.#known.pauses.resume(id, options)
  }

  /** The pauses that are in effect. */
  pauses(): readonly PauseView[] {
    return this.#pauses?.list() ?? []
  }

  /** The methods of a service, to be called from the main program. */
  remote<Service>(service: string, options: CallOptions): Remote<Service> {
    if (!('caller' in this.#state)) {
      throw new UsageError('ERR_LIFECYCLE', `cannot call ${service}: the supervisor is ${this.#state.name}`)
    }
    return this.#state.caller.remote<Service>(service, options)
  }

  /** Writes the gauges that are only sampled into the counters. Call it at the start of each scrape. */
  writeSampled(): void {
    const running = this.#running
    if (running) writeSampled(running, this.#options.loopLag.take())
  }

  get services(): readonly ServiceDefinition[] {
    return this.#running?.services ?? []
  }

  timers(): readonly TimerView[] {
    return 'running' in this.#state ? viewTimers(this.#state.running, this.#state.pauses) : []
  }

  threads(): readonly ThreadView[] {
    return this.#running ? viewThreads(this.#running) : []
  }

  health(): Health {
    return healthOf(this.#state.name, this.#running, this.#pauses)
  }

  get #running(): Running<PoolThreads> | undefined {
    return 'running' in this.#state ? this.#state.running : undefined
  }

  get #pauses(): Pauses | undefined {
    return 'pauses' in this.#state ? this.#state.pauses : undefined
  }

  get #known() {
    if ('running' in this.#state) return this.#state
    throw new UsageError('ERR_LIFECYCLE', `the timers are not known yet: the supervisor is ${this.#state.name}`)
  }

  /** Enters a state and keeps the services if they are known. */
  #enter(name: 'running' | 'stopping' | 'stopped' | 'failed'): void {
    if ('running' in this.#state) this.#state = { ...this.#state, name }
    else if (name !== 'running') this.#state = { name }
  }
}
