/**
 * The composition root of the engine: describes, starts, wires and stops; holds no policy of its own.
 *
 *   new -> starting -> running -> stopping -> stopped
 *              \-> failed (nothing is left running)
 */
import { Dispatcher } from '../dispatch/dispatcher.js'
import { Lane } from '../dispatch/lane.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { EscapementError } from '../kernel/errors.js'
import { type Events, wallTimeOf } from '../kernel/events.js'
import { formatSpan, type Micros, secondsFromMicros } from '../kernel/time.js'
import type { EngineView, Health, ThreadView, TimerView } from '../kernel/view.js'
import { Pool } from '../pool/pool.js'
import type { LogSetup, WorkerMessage } from '../pool/protocol.js'
import { ThreadExecutor } from '../pool/thread-executor.js'
import { Scheduler } from '../schedule/scheduler.js'
import { isInside } from '../schedule/window.js'
import { describeModules } from './describe-modules.js'
import { restartPolicy } from './restart.js'
import type { Settings } from './settings.js'
import { cutTimerSlack } from './timer-slack.js'

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
  #starting: Promise<void> | undefined
  #stopping: Promise<StopReport> | undefined

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
    if (this.#state !== 'new') throw new EscapementError('ERR_STATE', `cannot start: it is ${this.#state} already`)
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
      await Promise.all([attach(this), ...this.#pools.map((pool) => pool.open())])
    } catch (error) {
      this.#state = 'failed'
      await Promise.all(this.#pools.map((pool) => pool.close(0)))
      throw error
    }
    if (this.#stopping) return
    this.#state = 'running'
    this.#scheduler!.start()
    events.emit('ready', {
      services: this.#services.length,
      timers: this.#lanes.length,
      tookSeconds: secondsFromMicros(clock.now() - begun),
    })
  }

  #wire(onLag: (lag: Micros) => void): void {
    const { clock, events } = this.#options
    this.#pools = this.#makePools()
    const poolOf = new Map(this.#pools.map((pool) => [pool.name, pool]))
    const timersOf = new Map(this.#pools.map((pool) => [pool.name, 0]))
    const addresses = []
    const lanes: Lane[] = []
    for (const service of this.#services) {
      for (const definition of service.timers) {
        const timer = timersOf.get(service.pool)!
        timersOf.set(service.pool, timer + 1)
        addresses.push({ pool: poolOf.get(service.pool)!, timer })
        lanes.push(new Lane(lanes.length, definition))
      }
    }
    this.#lanes = lanes
    this.#dispatcher = new Dispatcher({
      lanes,
      executor: new ThreadExecutor(addresses),
      clock,
      events,
      isInWindow: ({ definition }, { dueWall }) =>
        definition.window === undefined || isInside(definition.window, dueWall),
      onInterval: (lane, interval) => this.#scheduler?.changeInterval(lane.index, interval),
    })
    this.#scheduler = new Scheduler({
      clock,
      events,
      onLag,
      sink: this.#dispatcher,
      timers: lanes.map((lane) => lane.definition),
    })
  }

  #makePools(): Pool[] {
    const { clock, config, log, onMessage } = this.#options
    const names = new Set(this.#services.map((service) => service.pool))
    return [...names].map(
      (name) =>
        new Pool({
          name,
          services: this.#services.filter((service) => service.pool === name),
          config,
          log,
          clock,
          restartPolicy,
          onMessage,
          onUp: (pool, seat, took) => {
            this.#options.events.emit('thread.started', {
              pool: pool.name,
              services: pool.services,
              seat: seat.index,
              threadId: seat.threadId ?? 0,
              restarts: seat.restarts,
              tookSeconds: secondsFromMicros(took),
            })
            this.#startWaiting(pool)
          },
          onExit: (pool, seat, exit, restartIn) => {
            this.#options.events.emit('thread.exited', {
              pool: pool.name,
              services: pool.services,
              seat: seat.index,
              threadId: exit.threadId,
              reason: exit.reason,
              exitCode: exit.exitCode,
              ...(exit.error && { error: exit.error }),
              ...(restartIn !== undefined && { restartIn: secondsFromMicros(restartIn) }),
            })
          },
        }),
    )
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
    if (this.#state === 'starting') await this.#starting?.catch(() => {})
    if (this.#state !== 'failed') this.#state = 'stopping'
    this.#scheduler?.stop()
    const killed = wasRunning ? await this.#drain(settings.shutdown.drain) : []
    await Promise.all(this.#pools.map((pool) => pool.close(STOP_GRACE)))
    await this.#dispatcher?.stop()
    this.#state = 'stopped'
    events.emit('stopped', { killed, tookSeconds: secondsFromMicros(clock.now() - begun) })
    return { killed }
  }

  /** Waits for the runs to end; says which had not when the time was up. */
  async #drain(limit: Micros): Promise<string[]> {
    const { clock } = this.#options
    const deadline = new AbortController()
    await Promise.race([this.#dispatcher!.stop(), clock.sleep(limit, deadline.signal).catch(() => {})])
    deadline.abort()
    return this.#lanes.filter((lane) => lane.ledger.active > 0).map((lane) => lane.definition.id)
  }

  timers(): readonly TimerView[] {
    const { clock } = this.#options
    return this.#lanes.map((lane) => {
      const { id, service, method, schedule, overlap, missed, timeout } = lane.definition
      const nextDue = this.#scheduler?.nextDue(lane.index)
      return {
        id,
        service,
        method,
        schedule,
        overlap,
        missed,
        ledger: lane.ledger.counts(),
        interval: secondsFromMicros(this.#scheduler?.period(lane.index) ?? 0),
        ...(timeout !== undefined && { timeout: secondsFromMicros(timeout) }),
        ...(nextDue !== undefined && { nextDueAt: wallTimeOf(nextDue, clock.now(), clock.wallNow()) }),
        ...(lane.lastSuccessAt !== undefined && { lastSuccessAt: lane.lastSuccessAt }),
      }
    })
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
        ? down.map(({ services, seat, state }) => `thread ${seat} of ${services.join(', ')} is ${state}`)
        : []),
    ]
    const live = !isStalled && this.#state !== 'failed' && this.#state !== 'stopped'
    return { live, ready: problems.length === 0, problems }
  }
}
