/**
 * A place in a pool where one thread sits: starts it, hands it runs, ends it, and slots another when it has ended.
 *
 *   vacant -> starting -> up -> (ending ->) vacant ...   a dead thread is replaced after a back-off, a killed one at once
 *                                ending -> zombie        killed, and not exited within a second: native code
 *   any state -> closed                                  by `close()`, for good
 *
 * A run that was on a thread when the thread ended is reported once the exit has been seen, not before.
 */
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import { InternalError, StartError } from '../kernel/errors.js'
import { formatSpan, type Micros } from '../kernel/time.js'
import type { ThreadState } from '../kernel/view.js'
import type { WireError } from '../kernel/wire-error.js'
import { Incarnation, type IncarnationOptions } from './incarnation.js'
import type { ThreadExit } from './piscina-thread.js'
import type { StartReply } from './protocol.js'
import type { ThreadLink } from './thread-link.js'

export interface WorkerSlotOptions extends Omit<IncarnationOptions, 'onKill' | 'onRunEnded'> {
  readonly clock: Clock
  /** How long import, dependencies and `onStart` of a thread may take. */
  readonly startDeadline: Micros
  /** Keep another thread prepared, to take over when this one ends. */
  readonly standby: boolean
  /** Replace a thread, between two runs, after so many runs or when its heap has grown to so many bytes. */
  readonly recycle: Recycle
  /** How long to wait before the next thread is started, told how long the last one had been up. */
  readonly restartDelay: (upFor: Micros) => Micros
  readonly onUp: (slot: WorkerSlot, tookMicros: Micros) => void
  readonly onExit: (slot: WorkerSlot, exit: ThreadExit, restartIn: Micros | undefined) => void
  readonly onZombie: (slot: WorkerSlot) => void
}

/** How long the exit of a killed thread may take before it is called a zombie. */
const EXIT_DEADLINE: Micros = 1_000_000

export interface Recycle {
  /** Infinity: never. */
  readonly afterRuns: number
  /** Infinity: never. */
  readonly heapBytes: number
}

type State =
  | { readonly name: 'vacant' }
  | { readonly name: 'starting' | 'ending' | 'zombie'; readonly incarnation: Incarnation }
  | { readonly name: 'up'; readonly incarnation: Incarnation; readonly since: Micros }
  | { readonly name: 'closed' }

const VIEW_STATES = {
  vacant: 'restarting',
  starting: 'starting',
  ending: 'ending',
  zombie: 'zombie',
  closed: 'stopped',
} as const

export class WorkerSlot {
  readonly index: number
  readonly #options: WorkerSlotOptions
  readonly #closing = new AbortController()
  /** A thread in reserve: its modules are imported and its dependencies set up. */
  #standby: Incarnation | undefined
  #state: State = { name: 'vacant' }
  /** What a close has found in the slot. */
  #closed: Incarnation | undefined
  #restarts = 0
  #isRecycling = false

  constructor(index: number, options: WorkerSlotOptions) {
    this.index = index
    this.#options = options
  }

  /** Runs and calls that the thread which is up has been handed and has not finished. */
  get load(): number {
    return this.#state.name === 'up' ? this.#state.incarnation.load : 0
  }

  get isUp(): boolean {
    return this.#state.name === 'up'
  }

  /** The way to the thread that is up; undefined when none is. */
  get link(): ThreadLink | undefined {
    return this.#state.name === 'up' ? this.#state.incarnation.link : undefined
  }

  isIdle(now: Micros): boolean {
    return this.#state.name === 'up' && this.#state.incarnation.isIdle(now)
  }

  get restarts(): number {
    return this.#restarts
  }

  get threadId(): number | undefined {
    return 'incarnation' in this.#state ? this.#state.incarnation.thread.threadId : undefined
  }

  get viewState(): ThreadState {
    if (this.#state.name === 'up') return this.#state.incarnation.isAtRest ? 'idle' : 'busy'
    return VIEW_STATES[this.#state.name]
  }

  /**
   * Starts the first thread. Throws a {@link StartError} when its services cannot be started: a fault to be told at
   * start-up, not to be tried again for ever.
   */
  async open(): Promise<void> {
    const failure = await this.#startThread()
    if (failure) throw failure
  }

  /** Hands a run to the thread that is up. `done` is called once, when it has really ended. */
  run(timer: number, invocation: Invocation, done: (report: RunReport) => void): RunHandle {
    if (this.#state.name !== 'up') throw new InternalError(`slot ${this.index} of ${this.#who} has no thread`)
    return this.#state.incarnation.run(timer, invocation, done)
  }

  /**
   * Stops the services of the thread (`onStop`, dependencies), then the thread; terminates it after `grace`. False when the
   * services had to be cut off.
   */
  async close(grace: Micros): Promise<boolean> {
    this.#closing.abort()
    const state = this.#state
    this.#state = { name: 'closed' }
    const standby = this.#standby
    this.#standby = undefined
    await standby?.thread.terminate('stopped')
    if (!('incarnation' in state)) return true
    const { incarnation } = state
    this.#closed = incarnation
    const deadline = new AbortController()
    const stopped =
      state.name === 'up' && incarnation.inFlight === 0
        ? await Promise.race([
            incarnation.stop(),
            this.#options.clock.sleep(grace, deadline.signal).catch(() => undefined),
          ])
        : undefined
    deadline.abort()
    const wasInOrder = stopped !== undefined || state.name !== 'up' || incarnation.inFlight > 0
    const exited = incarnation.thread.terminate(wasInOrder ? 'stopped' : 'killed')
    // The sleep is called off, or it would keep the process alive.
    const waiting = new AbortController()
    await Promise.race([exited, this.#options.clock.sleep(EXIT_DEADLINE, waiting.signal).catch(() => {})])
    waiting.abort()
    return wasInOrder
  }

  /** Makes a {@link close} that is under way wait for nothing. */
  hurry(): void {
    void this.#closed?.thread.terminate('killed')
  }

  /** Starts a thread; resolves with what went wrong, if anything, after the thread has exited. */
  async #startThread(): Promise<StartError | undefined> {
    const { clock, onUp } = this.#options
    const begun = clock.now()
    const incarnation = this.#standby ?? this.#spawn()
    this.#standby = undefined
    this.#state = { name: 'starting', incarnation }
    // The exit listener must be in place before anything is awaited: a thread can end at any moment.
    const exited = incarnation.thread.exited.then((exit) => this.#onExit(incarnation, exit))
    let started: StartReply | undefined
    try {
      started = await this.#withinDeadline(incarnation.start())
    } catch {
      await exited
      return this.#endedWhileStarting(await incarnation.thread.exited)
    }
    if (!started) {
      await incarnation.thread.terminate('start_failed')
      await exited
      return this.#tooSlowToStart()
    }
    if (started.kind === 'start_failed') {
      await incarnation.thread.terminate('start_failed')
      await exited
      return startError(started.service, started.step, started.error)
    }
    if (this.#state.name === 'starting' && this.#state.incarnation === incarnation) {
      const now = clock.now()
      this.#state = { name: 'up', incarnation, since: now }
      onUp(this, now - begun)
      if (this.#options.standby) this.#keepStandby()
    }
    return undefined
  }

  #spawn(): Incarnation {
    const { afterRuns, heapBytes } = this.#options.recycle
    const isRecycled = Number.isFinite(afterRuns) || Number.isFinite(heapBytes)
    return new Incarnation({
      ...this.#options,
      onKill: (incarnation) => this.#kill(incarnation),
      onRunEnded: isRecycled ? () => void this.#recycleIfDue() : undefined,
    })
  }

  /** Has a thread in reserve from now on; one that ends before its turn is replaced after the back-off. */
  #keepStandby(): void {
    if (this.#standby || this.#closing.signal.aborted) return
    const standby = this.#spawn()
    this.#standby = standby
    void standby.prepared.then(
      ({ kind }) => kind !== 'prepared' && this.#standby === standby && void standby.thread.terminate('start_failed'),
      () => {},
    )
    void standby.thread.exited.then((exit) => {
      // One that has taken its slot is looked after there.
      if (this.#state.name !== 'closed' && this.#standby !== standby) return
      standby.end(exit)
      if (this.#standby !== standby) return
      this.#standby = undefined
      const { clock, restartDelay } = this.#options
      clock.sleep(restartDelay(0), this.#closing.signal).then(
        () => this.#keepStandby(),
        () => {},
      )
    })
  }

  /** Has the thread replaced if it has served its time and nothing runs on it; what comes due meanwhile waits. */
  async #recycleIfDue(): Promise<void> {
    const { recycle } = this.#options
    const state = this.#state
    if (state.name !== 'up' || !state.incarnation.isAtRest || this.#isRecycling) return
    const { incarnation } = state
    const isDue = incarnation.runsEnded >= recycle.afterRuns || incarnation.block.heapBytes >= recycle.heapBytes
    if (!isDue) return
    this.#isRecycling = true
    this.#keepStandby()
    const prepared = await this.#standby?.prepared.catch(() => undefined)
    this.#isRecycling = false
    // Without a successor that is ready the thread stays; the next run that ends will ask again.
    if (prepared?.kind !== 'prepared' || this.#state !== state || !incarnation.isAtRest) return
    this.#state = { name: 'ending', incarnation }
    await incarnation.stop()
    await incarnation.thread.terminate('recycled')
  }

  #kill(incarnation: Incarnation): void {
    if (this.#state.name !== 'up' || this.#state.incarnation !== incarnation) return
    const ending: State = { name: 'ending', incarnation }
    this.#state = ending
    void incarnation.thread.terminate('killed')
    this.#options.clock.after(EXIT_DEADLINE, () => {
      if (this.#state !== ending) return
      this.#state = { name: 'zombie', incarnation }
      this.#options.onZombie(this)
    })
  }

  #onExit(incarnation: Incarnation, exit: ThreadExit): void {
    const { clock, restartDelay, onExit } = this.#options
    const state = this.#state
    incarnation.end(exit)
    // A first start that failed is told to whoever opened the slot; every later end is followed by another start.
    const isReplaced = state.name !== 'closed' && (state.name !== 'starting' || this.#restarts > 0)
    if (!isReplaced) {
      if (state.name === 'starting') this.#state = { name: 'vacant' }
      onExit(this, exit, undefined)
      return
    }
    this.#state = { name: 'vacant' }
    void incarnation.thread.terminate(exit.reason)
    const isOurDoing = exit.reason === 'killed' || exit.reason === 'recycled'
    const delay = isOurDoing ? 0 : restartDelay(state.name === 'up' ? clock.now() - state.since : 0)
    onExit(this, exit, delay)
    void this.#restartAfter(delay)
  }

  async #restartAfter(delay: Micros): Promise<void> {
    try {
      if (delay > 0) await this.#options.clock.sleep(delay, this.#closing.signal)
    } catch {
      return
    }
    if (this.#closing.signal.aborted) return
    this.#restarts++
    // A failed start ends the thread, and the end of a thread brings us back here after the next delay.
    await this.#startThread()
  }

  /** Undefined when the deadline came first. */
  async #withinDeadline(starting: Promise<StartReply>): Promise<StartReply | undefined> {
    const deadline = new AbortController()
    const late = this.#options.clock.sleep(this.#options.startDeadline, deadline.signal).catch(() => undefined)
    try {
      return await Promise.race([starting, late.then(() => undefined)])
    } finally {
      deadline.abort()
    }
  }

  #tooSlowToStart(): StartError {
    const limit = formatSpan(this.#options.startDeadline)
    return new StartError(
      'ERR_START_DEADLINE',
      `${this.#who}: had not started after ${limit}; does onStart or a dependency wait for something that does not come? (escapement.startup.deadline sets the limit)`,
    )
  }

  #endedWhileStarting({ reason, exitCode, error }: ThreadExit): StartError {
    const how = `${reason}, exit code ${exitCode}${error ? `: ${error.message}` : ''}`
    return new StartError('ERR_START', `${this.#who}: the thread ended while starting (${how})`, { cause: error })
  }

  get #who(): string {
    return this.#options.setup.services.map((service) => service.name).join(', ')
  }
}

function startError(service: string, step: string, error: WireError): StartError {
  return new StartError('ERR_START', `${service}: ${step} failed: ${error.name}: ${error.message}`, { cause: error })
}
