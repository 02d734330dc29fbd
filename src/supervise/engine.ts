/**
 * The composition root of the engine: describes, starts, wires and stops; holds no policy of its own.
 *
 *   new -> starting -> running -> stopping -> stopped
 *              \-> failed (nothing is left running)
 */

import type { Settings } from '../config/settings.js'
import type { Dispatcher, TriggerResult } from '../dispatch/dispatcher.js'
import type { Lane } from '../dispatch/lane.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition, TimerDefinition } from '../kernel/definitions.js'
import { EscapementError, StoppedError, UsageError } from '../kernel/errors.js'
import type { Events } from '../kernel/events.js'
import type { CallOptions } from '../kernel/rpc.js'
import { didYouMean, show } from '../kernel/suggest.js'
import { formatSpan, type Micros, secondsFromMicros, wallTimeOf } from '../kernel/time.js'
import type { EngineView, Health, LeaseState, RpcView, ThreadView, TimerView } from '../kernel/view.js'
import type { Pool } from '../pool/pool.js'
import type { LogSetup, WorkerMessage } from '../pool/protocol.js'
import { type LaneAddress, ThreadExecutor } from '../pool/thread-executor.js'
import type { Remote } from '../rpc/remote.js'
import { type Callable, RpcRouter } from '../rpc/router.js'
import type { Scheduler } from '../schedule/scheduler.js'
import { Audit } from './audit.js'
import { Coordinator } from './coordinator.js'
import { describeModules } from './describe-modules.js'
import { MainRpcClient } from './main-rpc-client.js'
import { makePools } from './make-pools.js'
import { type MetricKeeper, type StateKeeper, ThreadMessageRouter } from './thread-message-router.js'
import { cutTimerSlack } from './timer-slack.js'
import { Clockwork } from './wire-timers.js'

export interface EngineOptions {
  /** URLs of the modules that define the services. */
  readonly modules: readonly string[]
  readonly settings: Settings
  /** The user's part of the configuration. */
  readonly config: Readonly<Record<string, unknown>>
  readonly log: LogSetup
  readonly clock: Clock
  readonly events: Events
  readonly onMessage: (message: WorkerMessage) => void
  /** Keeps what services store. */
  readonly state: StateKeeper
  /** Keeps the metrics that services keep. */
  readonly metrics: MetricKeeper
  /** How late the scheduler woke against its target. */
  readonly onLag: (lag: Micros) => void
}

/** What a stop had to do. */
export interface StopReport {
  /** Entrypoints whose runs did not end by themselves and were killed with their threads. */
  readonly killed: readonly string[]
}

/** How long the services of a thread may take to stop in good order once nothing runs on it. */
const STOP_GRACE: Micros = 5_000_000

/** Beyond drain and grace, how long the exits of killed threads are waited for. */
const EXIT_MARGIN: Micros = 1_000_000

/** Behind its own target by more than this, the scheduler is not alive. */
const STALLED_AFTER: Micros = 5_000_000

type State = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'

export class Engine implements EngineView {
  readonly #options: EngineOptions
  #state: State = 'new'
  #services: readonly ServiceDefinition[] = []
  #lanes: readonly Lane[] = []
  #pools: readonly Pool[] = []
  #scheduler: Scheduler | undefined
  #dispatcher: Dispatcher | undefined
  #described: Promise<readonly ServiceDefinition[]> | undefined
  #audit: Audit | undefined
  #router: RpcRouter | undefined
  #coordinator: Coordinator | undefined
  #caller: MainRpcClient | undefined
  #starting: Promise<void> | undefined
  #stopping: Promise<StopReport> | undefined
  #isHurried = false
  #onHurry: (() => void) | undefined
  readonly #hurried = new Promise<void>((resolve) => {
    this.#onHurry = resolve
  })

  constructor(options: EngineOptions) {
    this.#options = options
  }

  get services(): readonly ServiceDefinition[] {
    return this.#services
  }

  /** Begins to read the modules, on threads of their own; {@link start} waits for it. Nothing is started yet. */
  describe(): Promise<readonly ServiceDefinition[]> {
    this.#described ??= this.#describe()
    return this.#described
  }

  async #describe(): Promise<readonly ServiceDefinition[]> {
    const { modules, config, settings, clock } = this.#options
    const { defaults, services } = settings
    cutTimerSlack()
    this.#services = await describeModules(modules, { config, defaults, services }, clock)
    return this.#services
  }

  /**
   * Starts every service; resolves when the first tick is armed. On failure nothing is left running. `attach` is called
   * when the services are known and must be done, too, before the first tick: that is where observers are set up.
   */
  start(attach: (engine: Engine) => Promise<void> = async () => {}): Promise<void> {
    if (this.#stopping) return Promise.reject(new StoppedError())
    if (this.#state !== 'new') throw new EscapementError('ERR_LIFECYCLE', `cannot start: it is ${this.#state} already`)
    this.#state = 'starting'
    this.#starting = this.#start(attach)
    return this.#starting
  }

  /** Stops in good order; every call returns the same promise. */
  stop(reason: string): Promise<StopReport> {
    this.#stopping ??= this.#stop(reason)
    return this.#stopping
  }

  async #start(attach: (engine: Engine) => Promise<void>): Promise<void> {
    const { clock, events, onLag } = this.#options
    const begun = clock.now()
    try {
      await this.describe()
      this.#wire(onLag)
      this.#refuseStopped()
      const steps = [attach(this), this.#coordinator!.open(), ...this.#pools.map((pool) => pool.open())]
      // What others have opened by the time one fails must be closed, too.
      await Promise.all(steps).catch(async (error) => {
        await this.#closeAll()
        await Promise.allSettled(steps)
        throw error
      })
      this.#refuseStopped()
    } catch (error) {
      this.#state = 'failed'
      await this.#closeAll()
      throw this.#stopping ? new StoppedError() : error
    }
    this.#state = 'running'
    this.#scheduler!.start()
    this.#audit!.start()
    events.emit('ready', {
      services: this.#services.length,
      timers: this.#lanes.length,
      tookSeconds: secondsFromMicros(clock.now() - begun),
    })
  }

  #refuseStopped(): void {
    if (this.#stopping) throw new StoppedError()
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#pools.map((pool) => pool.close(0)), this.#coordinator?.close()])
  }

  #wire(onLag: (lag: Micros) => void): void {
    const { clock, events, config, log, onMessage, state, metrics, settings } = this.#options
    const callable = new Map<string, Callable>()
    const router = new RpcRouter({ clock, events, services: callable })
    this.#router = router
    const messages = new ThreadMessageRouter({ router, state, metrics })
    const coordinator = new Coordinator({
      services: this.#services,
      settings: settings.coordination,
      clock,
      events,
      periodOf: ({ id }) => this.#scheduler!.period(this.#laneOf(id).index),
      stopUnder: (lease) => this.#dispatcher!.loseLease(lease),
      onMembers: (members) => messages.tellMembers(members),
    })
    this.#coordinator = coordinator
    this.#pools = makePools(this.#services, {
      clock,
      events,
      config,
      log,
      onMessage,
      startDeadline: settings.startup.deadline,
      rpcTimeout: settings.rpc.timeout,
      onLink: messages,
      coordination: coordinator.setup,
      onUp: (pool) => {
        router.threadUp(pool.services)
        this.#startWaiting(pool)
      },
    })
    const poolOf = new Map(this.#pools.map((pool) => [pool.name, pool]))
    const timersOf = new Map(this.#pools.map((pool) => [pool.name, 0]))
    for (const { name, pool, rpcs } of this.#services) {
      callable.set(name, { methods: new Set(rpcs.map(({ method }) => method)), destination: poolOf.get(pool)! })
    }
    const addresses: LaneAddress[] = []
    const timers: TimerDefinition[] = []
    for (const service of this.#services) {
      for (const definition of service.timers) {
        const timer = timersOf.get(service.pool)!
        timersOf.set(service.pool, timer + 1)
        addresses.push({ pool: poolOf.get(service.pool)!, timer })
        timers.push(definition)
      }
    }
    const { lanes, dispatcher, scheduler } = new Clockwork({
      timers,
      executor: new ThreadExecutor(addresses),
      coordination: coordinator,
      clock,
      events,
      onLag,
    })
    this.#lanes = lanes
    this.#dispatcher = dispatcher
    this.#scheduler = scheduler
    this.#audit = new Audit({ lanes, clock, events, periodOf: (timer) => scheduler.period(timer) })
  }

  /** A thread has come up: ticks that waited for it can start. */
  #startWaiting(pool: Pool): void {
    if (this.#state !== 'running') return
    for (const lane of this.#lanes) {
      if (pool.services.includes(lane.definition.service)) this.#dispatcher!.startWaiting(lane)
    }
  }

  async #stop(reason: string): Promise<StopReport> {
    const { clock, events, settings } = this.#options
    const begun = clock.now()
    events.emit('stopping', { reason })
    const wasRunning = this.#state === 'running'
    if (this.#state === 'starting') {
      await this.#closeAll()
      await this.#starting?.catch(() => {})
    }
    if (this.#state !== 'failed') this.#state = 'stopping'
    this.#scheduler?.stop()
    this.#audit?.stop()
    this.#coordinator?.drain()
    const killed = wasRunning ? await this.#endRuns(settings.shutdown.drain) : []
    const closing = this.#pools.map((pool) => pool.close(this.#isHurried ? 0 : STOP_GRACE))
    this.#router?.closed(this.#services.map(({ name }) => name))
    for (const forced of await Promise.all(closing)) killed.push(...forced)
    await this.#coordinator?.close()
    this.#audit?.look()
    this.#state = 'stopped'
    events.emit('stopped', { killed, tookSeconds: secondsFromMicros(clock.now() - begun) })
    return { killed }
  }

  /** Kills what still runs, for a stop that cannot wait any longer. */
  hurry(): void {
    this.#isHurried = true
    this.#onHurry?.()
    this.#dispatcher?.killAll()
    for (const pool of this.#pools) pool.terminate()
  }

  /** A tick of its own for a timer, by hand. */
  trigger(id: string): TriggerResult {
    const lane = this.#laneOf(id)
    if (this.#state !== 'running') throw new UsageError('ERR_LIFECYCLE', `cannot trigger ${id}: it is ${this.#state}`)
    return this.#dispatcher!.trigger(lane)
  }

  /** The methods of a service, to be called from the main program. */
  remote<Service>(service: string, options: CallOptions): Remote<Service> {
    const { clock, settings } = this.#options
    if (!this.#router) throw new UsageError('ERR_LIFECYCLE', `cannot call ${service}: it is ${this.#state}`)
    this.#caller ??= new MainRpcClient(this.#router, clock, settings.rpc.timeout)
    return this.#caller.remote<Service>(service, options)
  }

  /** From now on the ticks of a timer are skipped; a run that is going goes on. */
  pause(id: string): void {
    this.#laneOf(id).isPaused = true
  }

  /** Its next tick is the next one due: what was skipped meanwhile is not made up for. */
  resume(id: string): void {
    this.#laneOf(id).isPaused = false
  }

  #laneOf(id: string): Lane {
    const lane = this.#lanes.find(({ definition }) => definition.id === id)
    if (lane) return lane
    const ids = this.#lanes.map(({ definition }) => definition.id)
    throw new UsageError('ERR_NO_TIMER', `there is no timer ${show(id)}${didYouMean(id, ids)}`)
  }

  /**
   * Lets the runs end; tells those to stop that have not by the end of the drain, and kills those that do not within
   * their grace. Says which.
   */
  async #endRuns(drain: Micros): Promise<string[]> {
    const { clock } = this.#options
    const dispatcher = this.#dispatcher!
    // A stop in a hurry waits for runs that are being killed, but not for calls.
    const called = Promise.race([this.#router!.drained(), this.#hurried])
    const ended = Promise.all([dispatcher.stop(), called])
    const cancel = clock.after(drain, () => dispatcher.abortAll('stopping'))
    const longestGrace = Math.max(0, ...this.#lanes.map(({ definition }) => definition.abortGrace))
    const deadline = new AbortController()
    await Promise.race([ended, clock.sleep(drain + longestGrace + EXIT_MARGIN, deadline.signal).catch(() => {})])
    deadline.abort()
    cancel()
    return dispatcher.killedAtStop
  }

  timers(): readonly TimerView[] {
    const { clock } = this.#options
    return this.#lanes.map((lane) => {
      const { id, service, method, schedule, overlap, missed, scope, timeout } = lane.definition
      const nextDue = this.#scheduler?.nextDue(lane.index)
      return {
        id,
        service,
        method,
        schedule,
        overlap,
        missed,
        scope,
        ledger: lane.ledger.counts(),
        isPaused: lane.isPaused,
        circuit: circuitOf(lane, clock.now()),
        interval: secondsFromMicros(this.#scheduler?.period(lane.index) ?? 0),
        ...(timeout !== undefined && { timeout: secondsFromMicros(timeout) }),
        ...(nextDue !== undefined && { nextDueAt: wallTimeOf(nextDue, clock.now(), clock.wallNow()) }),
        ...(lane.lastSuccessAt !== undefined && { lastSuccessAt: lane.lastSuccessAt }),
      }
    })
  }

  leases(): readonly LeaseState[] {
    return this.#coordinator?.leases() ?? []
  }

  memberCount(): number | undefined {
    return this.#coordinator?.memberCount()
  }

  rpcs(): readonly RpcView[] {
    return this.#services.flatMap((service) => service.rpcs)
  }

  threads(): readonly ThreadView[] {
    return this.#pools.flatMap((pool) => pool.view())
  }

  health(): Health {
    const behind = this.#state === 'running' ? this.#scheduler!.behind() : 0
    const isStalled = behind > STALLED_AFTER
    const down = this.threads().filter(({ state }) => state !== 'idle' && state !== 'busy')
    const problems = [
      ...(this.#state === 'running' ? [] : [`the supervisor is ${this.#state}`]),
      ...(isStalled ? [`the scheduler is ${formatSpan(behind)} behind`] : []),
      ...(this.#state === 'running'
        ? down.map(({ services, slot, state }) => `thread ${slot} of ${services.join(', ')} is ${state}`)
        : []),
    ]
    // The instance itself is well, and goes on: what is wrong is said all the same.
    const trouble = this.#state === 'running' ? (this.#coordinator?.trouble ?? []) : []
    const live = !isStalled && this.#state !== 'failed' && this.#state !== 'stopped'
    return { live, ready: problems.length === 0, problems: [...problems, ...trouble] }
  }
}

function circuitOf({ circuit }: Lane, now: Micros): TimerView['circuit'] {
  const reason = circuit.blocks(now)
  return { state: circuit.state, ...(reason && { reason }) }
}
