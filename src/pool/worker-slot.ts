/**
 * A lasting place for one thread of a pool: starts the thread, hands it runs, ends it, and starts another when it has exited.
 *
 *   new -- open --> starting -- its services have started --> up
 *   starting -- failed, or later than the start deadline --> ending
 *   up -- due for recycling, and at rest --> retiring         it goes on taking runs while its successor is prepared
 *   retiring -- the successor failed, or a run has come --> up
 *   retiring -- the successor is ready, and it is at rest --> ending
 *   up, retiring -- kill, or the thread hangs --> ending
 *   ending -- no exit within a second --> zombie              native code holds the thread
 *   starting, ending, zombie -- exit, at the first start --> failed
 *   starting, up, retiring, ending, zombie -- exit --> restarting -- delay over --> starting
 *   starting, up, retiring, ending, zombie -- close --> closing -- exit --> closed
 *   new, failed, restarting -- close --> closed
 *
 *  1. The slot takes runs and calls in `up` and `retiring` only: never before the services have started, never once its thread
 *     is being ended or has exited.
 *  2. The next thread is started when the exit of the one before has been seen, not before.
 *  3. A run on a thread that ends is reported once, after the exit has been seen.
 *  4. A first start that fails is the caller's to report: it is not tried again. Every later end is followed by another start.
 *  5. A thread that was killed, hung or was recycled is replaced at once, one that ended otherwise after a back-off.
 *  6. A thread is recycled between two runs, and only for a successor that is ready.
 *  7. No state but `up`, `retiring` and `zombie` waits for its thread without a limit of time.
 *  8. After `close` nothing is started any more.
 */
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { PoolTimerIndex } from '../kernel/due-tick.js'
import { InternalError, type StartError } from '../kernel/errors.js'
import type { ThreadEndReason } from '../kernel/events.js'
import type { Micros } from '../kernel/time.js'
import type { ThreadState } from '../kernel/view.js'
import { exitProblem, explainExit, hangProblem } from './exit-problem.js'
import { Incarnation, type IncarnationOptions } from './incarnation.js'
import { everRecycles, isRecyclingDue, type RecyclingPolicy } from './recycling.js'
import { Standby } from './standby.js'
import { endedWhileStarting, startFailed, tooSlowToStart } from './start-error.js'
import type { ThreadLink } from './thread-link.js'
import { TimedState } from './timed-state.js'
import { within } from './within.js'
import type { ThreadExit } from './worker-thread.js'

export interface WorkerSlotOptions extends Omit<IncarnationOptions, 'onKill' | 'onRunReplied'> {
  /** How long import, dependencies and `onStart` of a thread may take. */
  readonly startDeadline: Micros
  /** Keep another thread prepared, to take over when this one ends. */
  readonly standby: boolean
  readonly recycling: RecyclingPolicy
  /** Makes a restart policy: how long to wait before the next start, told how long the last thread had been up. */
  readonly restartPolicy: () => (upFor: Micros) => Micros
  readonly onUp: (slot: WorkerSlot, tookMicros: Micros) => void
  readonly onExit: (slot: WorkerSlot, exit: ThreadExit, restartIn: Micros | undefined) => void
  readonly onZombie: (slot: WorkerSlot) => void
}

/** How long the exit of a terminated thread may take before it is called a zombie. */
const EXIT_DEADLINE: Micros = 1_000_000

/** How long the services of a thread that is recycled may take to stop. */
const RECYCLING_STOP_DEADLINE: Micros = 5_000_000

type State =
  | { readonly name: 'new' }
  | { readonly name: 'starting' | 'ending' | 'zombie'; readonly incarnation: Incarnation; readonly isFirst: boolean }
  | { readonly name: 'up' | 'retiring'; readonly incarnation: Incarnation; readonly since: Micros }
  | { readonly name: 'restarting' }
  | { readonly name: 'closing'; readonly incarnation: Incarnation }
  | { readonly name: 'failed' | 'closed' }

const VIEW_STATES = {
  new: 'starting',
  starting: 'starting',
  ending: 'ending',
  zombie: 'zombie',
  restarting: 'restarting',
  closing: 'ending',
  failed: 'stopped',
  closed: 'stopped',
} as const

export class WorkerSlot {
  readonly index: number
  readonly #options: WorkerSlotOptions
  readonly #state: TimedState<State>
  readonly #standby: Standby
  readonly #restartDelay: (upFor: Micros) => Micros
  #restarts = 0
  #problem: string | undefined
  #startFailure: StartError | undefined

  constructor(index: number, options: WorkerSlotOptions) {
    const { clock, startDeadline, standby, restartPolicy } = options
    this.index = index
    this.#options = options
    this.#state = new TimedState<State>(clock, { name: 'new' })
    this.#restartDelay = restartPolicy()
    this.#standby = new Standby({
      clock,
      spawn: () => this.#spawn(),
      deadline: startDeadline,
      isAlwaysKept: standby,
      restartDelay: restartPolicy(),
    })
  }

  /** The thread that takes runs and calls; undefined when there is none. */
  get #serving(): Incarnation | undefined {
    const state = this.#state.current
    return state.name === 'up' || state.name === 'retiring' ? state.incarnation : undefined
  }

  /** Runs and calls in progress on the thread that is up. */
  get load(): number {
    return this.#serving?.load ?? 0
  }

  get isUp(): boolean {
    return this.#serving !== undefined
  }

  /** The link to the thread that is up; undefined when none is. */
  get link(): ThreadLink | undefined {
    return this.#serving?.link
  }

  isIdle(now: Micros): boolean {
    return this.#serving?.isIdle(now) ?? false
  }

  get restarts(): number {
    return this.#restarts
  }

  get threadId(): number | undefined {
    const state = this.#state.current
    return 'incarnation' in state ? state.incarnation.thread.threadId : undefined
  }

  /** Why the thread before was ended or failed to start; undefined while a thread is up. */
  get problem(): string | undefined {
    return this.#serving ? undefined : this.#problem
  }

  get viewState(): ThreadState {
    const state = this.#state.current
    if (state.name === 'up' || state.name === 'retiring') return state.incarnation.isAtRest ? 'idle' : 'busy'
    return VIEW_STATES[state.name]
  }

  /** Starts the first thread. Throws a {@link StartError} when its services cannot be started. */
  async open(): Promise<void> {
    const failure = await this.#start(true)
    if (failure) throw failure
  }

  /** Hands a run to the thread that is up. `done` is called once, when the run has really ended. */
  run(timer: PoolTimerIndex, invocation: Invocation, done: (report: RunReport) => void): RunHandle {
    if (!this.#serving) throw new InternalError(`slot ${this.index} of ${this.#services.join(', ')} has no thread`)
    return this.#serving.run(timer, invocation, done)
  }

  /**
   * Stops the services of the thread (`onStop`, dependencies), then the thread; terminates it after `grace`. False when the
   * services were cut off.
   */
  async close(grace: Micros): Promise<boolean> {
    const { clock } = this.#options
    const state = this.#state.current
    const standbyExited = within(clock, EXIT_DEADLINE, this.#standby.close())
    if (!('incarnation' in state)) {
      this.#state.enter({ name: 'closed' })
      await standbyExited
      return true
    }
    const { incarnation } = state
    this.#state.enter({ name: 'closing', incarnation })
    // Services are stopped in order only where no run is left: one that is, is not waited for any more.
    const isStoppable = (state.name === 'up' || state.name === 'retiring') && incarnation.runs.size === 0
    const wasInOrder = !isStoppable || (await within(clock, grace, incarnation.stop())) !== undefined
    await within(clock, EXIT_DEADLINE, incarnation.thread.terminate(wasInOrder ? 'stopped' : 'killed'))
    await standbyExited
    return wasInOrder
  }

  /** Makes a {@link close} in progress wait for no service; without effect before it. */
  terminate(): void {
    const state = this.#state.current
    if (state.name === 'closing') void state.incarnation.thread.terminate('killed')
  }

  /** Starts a thread; resolves with the failure, if any, after the thread has exited or become a zombie. */
  async #start(isFirst: boolean): Promise<StartError | undefined> {
    const { clock, startDeadline, standby, onUp } = this.#options
    const begunAt = clock.now()
    const incarnation = this.#standby.take() ?? this.#spawn()
    const starting: State = { name: 'starting', incarnation, isFirst }
    this.#state.enter(starting)
    // The listener must be in place before anything is awaited: a thread can end at any moment.
    void incarnation.thread.exited.then((exit) => this.#onExit(incarnation, exit))
    const ended = Symbol('the thread ended')
    const reply = await within(
      clock,
      startDeadline,
      incarnation.start().catch(() => ended),
    )
    if (typeof reply === 'symbol') return endedWhileStarting(this.#services, await incarnation.thread.exited)
    if (!this.#state.is(starting)) return undefined
    if (reply?.kind === 'started') {
      const since = clock.now()
      this.#state.enter({ name: 'up', incarnation, since })
      if (standby) void this.#standby.keep()
      onUp(this, since - begunAt)
      return undefined
    }
    const failure = reply ? startFailed(reply) : tooSlowToStart(this.#services, startDeadline)
    this.#startFailure = failure
    this.#end(incarnation, 'start_failed', isFirst)
    await within(clock, EXIT_DEADLINE, incarnation.thread.exited)
    return failure
  }

  #spawn(): Incarnation {
    return new Incarnation({
      ...this.#options,
      onKill: (incarnation, reason) => {
        if (this.#serving === incarnation) this.#end(incarnation, reason, false)
      },
      onRunReplied: everRecycles(this.#options.recycling) ? () => void this.#recycleIfDue() : undefined,
    })
  }

  /** Terminates a thread; calls it a zombie when it has not exited in time. */
  #end(incarnation: Incarnation, reason: ThreadEndReason, isFirst: boolean): void {
    incarnation.ending()
    if (reason === 'hung') this.#problem = this.#hang(incarnation)
    this.#state.enterFor(EXIT_DEADLINE, { name: 'ending', incarnation, isFirst }, () => {
      this.#state.enter({ name: 'zombie', incarnation, isFirst })
      this.#options.onZombie(this)
    })
    void incarnation.thread.terminate(reason)
  }

  /** Has the thread replaced when that is due and nothing runs on it. Ticks that come due while none is up wait. */
  async #recycleIfDue(): Promise<void> {
    const up = this.#state.current
    if (up.name !== 'up' || !up.incarnation.isAtRest) return
    const { incarnation } = up
    if (!isRecyclingDue(this.#options.recycling, incarnation.runs.replies, incarnation.block.heapBytes)) return
    const retiring: State = { ...up, name: 'retiring' }
    this.#state.enter(retiring)
    const isReady = await this.#standby.keep()
    if (!this.#state.is(retiring)) return
    if (!isReady || !incarnation.isAtRest) {
      // The next run that ends asks again.
      this.#state.enter(up)
      return
    }
    const stopping: State = { name: 'ending', incarnation, isFirst: false }
    this.#state.enter(stopping)
    await within(this.#options.clock, RECYCLING_STOP_DEADLINE, incarnation.stop())
    if (this.#state.is(stopping)) this.#end(incarnation, 'recycled', false)
  }

  #onExit(incarnation: Incarnation, seen: ThreadExit): void {
    const exit = explainExit(seen, this.#startFailure, () => this.#hang(incarnation))
    this.#startFailure = undefined
    this.#problem = exitProblem(exit)
    const { clock, onExit } = this.#options
    const state = this.#state.current
    const isFirst = 'isFirst' in state && state.isFirst
    if (state.name === 'closing' || isFirst) {
      this.#state.enter({ name: state.name === 'closing' ? 'closed' : 'failed' })
      incarnation.end(exit)
      onExit(this, exit, undefined)
      return
    }
    const isOurDoing = exit.reason === 'killed' || exit.reason === 'hung' || exit.reason === 'recycled'
    const delay = isOurDoing ? 0 : this.#restartDelay('since' in state ? clock.now() - state.since : 0)
    const restarting: State = { name: 'restarting' }
    // Before the runs are reported: a report makes the dispatcher look for a thread, which must not be this one.
    if (delay > 0) this.#state.enterFor(delay, restarting, () => this.#restart())
    else this.#state.enter(restarting)
    incarnation.end(exit)
    onExit(this, exit, delay)
    if (delay === 0 && this.#state.is(restarting)) this.#restart()
  }

  #restart(): void {
    this.#restarts++
    // A failed start ends its thread, and the exit leads to the next start.
    void this.#start(false)
  }

  #hang({ lastEntered }: Incarnation): string {
    return hangProblem(this.#options.setup.services, lastEntered)
  }

  get #services(): readonly string[] {
    return this.#options.setup.services.map((service) => service.name)
  }
}
