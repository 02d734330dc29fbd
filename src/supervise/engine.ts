/**
 * The composition root of the engine: describes, starts, wires and stops; holds no policy of its own.
 *
 *   new -> starting -> running -> stopping -> stopped
 *              \-> failed (nothing is left running)
 */
import { Dispatcher, type TriggerResult } from '../dispatch/dispatcher.js'
import { Lane } from '../dispatch/lane.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { EscapementError, UsageError } from '../kernel/errors.js'
import { type Events, wallTimeOf } from '../kernel/events.js'
import { didYouMean, show } from '../kernel/suggest.js'
import { formatSpan, type Micros, secondsFromMicros } from '../kernel/time.js'
import type { EngineView, Health, ThreadView, TimerView } from '../kernel/view.js'
import { Pool } from '../pool/pool.js'
import type { LogSetup, WorkerMessage } from '../pool/protocol.js'
import { ThreadExecutor } from '../pool/thread-executor.js'
import { Scheduler } from '../schedule/scheduler.js'
import { isInside } from '../schedule/window.js'
import { Audit } from './audit.js'
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
    this.#audit!.start()
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
    const periodOf = (timer: number) => this.#scheduler!.period(timer)
    this.#audit = new Audit({ lanes, clock, events, periodOf })
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
          startDeadline: this.#options.settings.startup.deadline,
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
          onZombie: (pool, seat) => {
            this.#options.events.emit('thread.zombie', {
              pool: pool.name,
              services: pool.services,
              seat: seat.index,
              threadId: seat.threadId ?? 0,
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
    this.#audit?.stop()
    const killed = wasRunning ? await this.#endRuns(settings.shutdown.drain) : []
    await Promise.all(this.#pools.map((pool) => pool.close(STOP_GRACE)))
    this.#audit?.look()
    this.#state = 'stopped'
    events.emit('stopped', { killed, tookSeconds: secondsFromMicros(clock.now() - begun) })
    return { killed }
  }

  /** Kills what still runs, for a stop that cannot wait any longer. */
  hurry(): void {
    this.#dispatcher?.killAll()
  }

  /** A tick of its own for a timer, by hand. */
  trigger(id: string): TriggerResult {
    const lane = this.#laneOf(id)
    if (this.#state !== 'running') throw new UsageError('ERR_STATE', `cannot trigger ${id}: it is ${this.#state}`)
    return this.#dispatcher!.trigger(lane)
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
    const ended = dispatcher.stop()
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
        isPaused: lane.isPaused,
        circuit: circuitOf(lane, clock.now()),
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

function circuitOf({ circuit }: Lane, now: Micros): TimerView['circuit'] {
  const reason = circuit.blocks(now)
  return { state: circuit.state, ...(reason && { reason }) }
}
