/**
 * A lasting place for one thread of a pool: starts the thread, hands it runs, ends it, and starts another when it has exited.
 *
 *   new -- open --> starting -- its services have started --> up
 *   starting -- failed, or later than the start deadline --> ending
 *   up -- due for recycling, and at rest --> retiring         it goes on taking runs while its successor is prepared
 *   retiring -- the successor failed, or a run has come --> up
 *   retiring -- the successor is ready, and it is at rest --> ending
 *   up, retiring -- kill, hang or full heap --> ending
 *   ending -- no exit within a second --> zombie              native code holds the thread
 *   starting, ending, zombie -- exit, at the first start --> failed
 *   starting, up, retiring, ending, zombie -- exit --> restarting -- delay over --> starting
 *   restarting -- the thread cannot be created --> restarting
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
 *  9. From the end of a thread until the next one is up, the slot says of what it ended.
 */
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { PoolTimerIndex } from '../kernel/due-tick.js'
import { InternalError, type StartError } from '../kernel/errors.js'
import type { ThreadEndReason } from '../kernel/events.js'
import type { Micros } from '../kernel/time.js'
import type { ThreadState } from '../kernel/view.js'
import { toWireError, type WireError } from '../kernel/wire-error/wire-error.js'
import { Incarnation, type IncarnationOptions } from './incarnation.js'
import type { StartSpans } from './protocol.js'
import { everRecycles, isRecyclingDue, RECYCLING_STOP_DEADLINE, type RecyclingPolicy } from './recycling.js'
import { type SlotState, VIEW_STATES } from './slot-state.js'
import { Standby } from './standby.js'
import {
  causeOfFailedStart,
  causeOfSlowStart,
  endedWhileStarting,
  endSentence,
  startFailed,
  tooSlowToStart,
} from './start-error.js'
import { TimedState } from './timed-state.js'
import { EXIT_DEADLINE, within } from './within.js'
import type { EndCause, ThreadExit } from './worker-thread.js'

export interface WorkerSlotOptions extends Omit<IncarnationOptions, 'onKill' | 'onFault' | 'onRunReplied'> {
  /** How long import, dependencies and `onStart` of a thread may take. */
  readonly startDeadline: Micros
  /** Keep another thread prepared, to take over when this one ends. */
  readonly standby: boolean
  readonly recycling: RecyclingPolicy
  /** Makes a restart policy: how long to wait before the next start, told how long the last thread had been up. */
  readonly restartPolicy: () => (upFor: Micros) => Micros
  readonly onUp: (slot: WorkerSlot, took: Micros, spans: StartSpans) => void
  readonly onExit: (slot: WorkerSlot, exit: ThreadExit, restartIn: Micros | undefined) => void
  readonly onZombie: (slot: WorkerSlot, threadId: number) => void
  /** A standby thread has ended by itself, or could not be prepared. */
  readonly onStandbyExit: (slot: WorkerSlot, exit: ThreadExit, retryIn: Micros) => void
  /** A thread, or a standby thread, could not be created. */
  readonly onNotCreated: (slot: WorkerSlot, error: WireError, retryIn: Micros) => void
}

export class WorkerSlot {
  readonly index: number
  readonly #options: WorkerSlotOptions
  readonly #state: TimedState<SlotState>
  readonly #standby: Standby
  readonly #restartDelay: (upFor: Micros) => Micros
  #restarts = 0
  /** Of what the last thread ended; undefined while one is up. */
  #lastEnd: string | undefined

  constructor(index: number, options: WorkerSlotOptions) {
    const { clock, startDeadline, standby, restartPolicy } = options
    this.index = index
    this.#options = options
    this.#state = new TimedState<SlotState>(clock, { name: 'new' })
    this.#restartDelay = restartPolicy()
    this.#standby = new Standby({
      clock,
      spawn: () => this.#spawn(),
      deadline: startDeadline,
      isAlwaysKept: standby,
      restartDelay: restartPolicy(),
      onZombie: ({ thread }) => options.onZombie(this, thread.threadId),
      onExit: (_incarnation, exit, retryIn) => options.onStandbyExit(this, exit, retryIn),
      onNotCreated: (error, retryIn) => options.onNotCreated(this, toWireError(error), retryIn),
    })
  }

  /** The thread that takes runs and calls; undefined when there is none. */
  get serving(): Incarnation | undefined {
    const state = this.#state.current
    return state.name === 'up' || state.name === 'retiring' ? state.incarnation : undefined
  }

  /** Runs and calls in progress on the thread that is up. */
  get load(): number {
    return this.serving?.load ?? 0
  }

  get isUp(): boolean {
    return this.serving !== undefined
  }

  isIdle(now: Micros): boolean {
    return this.serving?.isIdle(now) ?? false
  }

  get restarts(): number {
    return this.#restarts
  }

  get threadId(): number | undefined {
    const state = this.#state.current
    return 'incarnation' in state ? state.incarnation.thread.threadId : undefined
  }

  get viewState(): ThreadState {
    const state = this.#state.current
    if (state.name === 'up' || state.name === 'retiring') return state.incarnation.isAtRest ? 'idle' : 'busy'
    return VIEW_STATES[state.name]
  }

  /** What is wrong with the thread, or of what the last one ended: one sentence; undefined when nothing is. */
  get problem(): string | undefined {
    return this.serving ? this.serving.suspicion : this.#lastEnd
  }

  /** Starts the first thread. Throws a {@link StartError} when its services cannot be started. */
  async open(): Promise<void> {
    const failure = await this.#start(this.#spawn(), true)
    if (failure) throw failure
  }

  /** Hands a run to the thread that is up. `done` is called once, when the run has really ended. */
  run(timer: PoolTimerIndex, invocation: Invocation, done: (report: RunReport) => void): RunHandle {
    if (!this.serving) throw new InternalError(`slot ${this.index} of ${this.#services.join(', ')} has no thread`)
    return this.serving.run(timer, invocation, done)
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
    const isStoppable = (state.name === 'up' || state.name === 'retiring') && incarnation.runs.isQuiet
    const wasInOrder = !isStoppable || (await within(clock, grace, incarnation.stop())) !== undefined
    await within(clock, EXIT_DEADLINE, incarnation.terminate(wasInOrder ? 'stopped' : 'killed'))
    await standbyExited
    return wasInOrder
  }

  /** Makes a {@link close} in progress wait for no service; without effect before it. */
  terminate(): void {
    const state = this.#state.current
    if (state.name === 'closing') void state.incarnation.terminate('killed')
  }

  /** Starts a thread; resolves with the failure, if any, after the thread has exited or become a zombie. */
  async #start(incarnation: Incarnation, isFirst: boolean): Promise<StartError | undefined> {
    const { clock, startDeadline, standby, onUp } = this.#options
    const begunAt = clock.now()
    const starting: SlotState = { name: 'starting', incarnation, isFirst }
    this.#state.enter(starting)
    // The listener must be in place before anything is awaited: a thread can end at any moment.
    void incarnation.thread.exited.then((exit) => this.#onExit(incarnation, exit))
    const ended = Symbol('the thread ended')
    const reply = await within(
      clock,
      startDeadline,
      incarnation.start().catch(() => ended),
    )
    if (typeof reply === 'symbol') {
      const exit = await within(clock, EXIT_DEADLINE, incarnation.thread.exited)
      if (exit) return endedWhileStarting(this.#services, exit)
    }
    if (!this.#state.is(starting)) return undefined
    if (typeof reply === 'object' && reply.kind === 'started') {
      const since = clock.now()
      this.#lastEnd = undefined
      this.#state.enter({ name: 'up', incarnation, since })
      onUp(this, since - begunAt, reply.spans)
      if (standby) void this.#standby.keep()
      return undefined
    }
    const failure = typeof reply === 'object' ? reply : undefined
    const cause = failure ? causeOfFailedStart(failure) : causeOfSlowStart(this.#services, startDeadline)
    this.#end(incarnation, 'start_failed', isFirst, cause)
    await within(clock, EXIT_DEADLINE, incarnation.thread.exited)
    return failure ? startFailed(failure) : tooSlowToStart(this.#services, startDeadline)
  }

  #spawn(): Incarnation {
    return new Incarnation({
      ...this.#options,
      onKill: (incarnation) => {
        if (this.serving === incarnation) this.#end(incarnation, 'killed', false)
      },
      onFault: (incarnation, reason, cause) => {
        if (this.serving === incarnation) this.#end(incarnation, reason, false, cause)
      },
      onRunReplied: everRecycles(this.#options.recycling) ? () => void this.#recycleIfDue() : undefined,
    })
  }

  /** Terminates a thread; calls it a zombie when it has not exited in time. */
  #end(incarnation: Incarnation, reason: ThreadEndReason, isFirst: boolean, cause?: EndCause): void {
    this.#lastEnd = cause?.error && endSentence({ reason, exitCode: 1, threadId: 0, ...cause })
    this.#state.enterFor(EXIT_DEADLINE, { name: 'ending', incarnation, isFirst }, () => {
      this.#state.enter({ name: 'zombie', incarnation, isFirst })
      this.#options.onZombie(this, incarnation.thread.threadId)
    })
    void incarnation.terminate(reason, cause)
  }

  /** Has the thread replaced when that is due and nothing runs on it. Ticks that come due while none is up wait. */
  async #recycleIfDue(): Promise<void> {
    const up = this.#state.current
    if (up.name !== 'up' || !up.incarnation.isAtRest) return
    const { incarnation } = up
    if (!isRecyclingDue(this.#options.recycling, incarnation.runs.replies, incarnation.block.heapBytes)) return
    const retiring: SlotState = { ...up, name: 'retiring' }
    this.#state.enter(retiring)
    const isReady = await this.#standby.keep()
    if (!this.#state.is(retiring)) return
    if (!isReady || !incarnation.isAtRest) {
      // The next run that ends asks again.
      this.#state.enter(up)
      return
    }
    const stopping: SlotState = { name: 'ending', incarnation, isFirst: false }
    this.#state.enter(stopping)
    await within(this.#options.clock, RECYCLING_STOP_DEADLINE, incarnation.stop())
    if (this.#state.is(stopping)) this.#end(incarnation, 'recycled', false)
  }

  #onExit(incarnation: Incarnation, ended: ThreadExit): void {
    const { clock, onExit } = this.#options
    const exit = incarnation.explain(ended)
    if (exit.reason !== 'recycled' && exit.reason !== 'stopped') this.#lastEnd = endSentence(exit)
    const state = this.#state.current
    const isFirst = 'isFirst' in state && state.isFirst
    if (state.name === 'closing' || isFirst) {
      this.#state.enter({ name: state.name === 'closing' ? 'closed' : 'failed' })
      incarnation.end(exit)
      onExit(this, exit, undefined)
      return
    }
    const isReplacedAtOnce = exit.reason === 'killed' || exit.reason === 'hung' || exit.reason === 'recycled'
    const delay = isReplacedAtOnce ? 0 : this.#restartDelay('since' in state ? clock.now() - state.since : 0)
    const restarting: SlotState = { name: 'restarting' }
    // Before the runs are reported: a report makes the dispatcher look for a thread, which must not be this one.
    if (delay > 0) this.#state.enterFor(delay, restarting, () => this.#restart())
    else this.#state.enter(restarting)
    incarnation.end(exit)
    onExit(this, exit, delay)
    if (delay === 0 && this.#state.is(restarting)) this.#restart()
  }

  #restart(): void {
    this.#restarts++
    try {
      // A failed start ends its thread, and the exit leads to the next start.
      void this.#start(this.#standby.take() ?? this.#spawn(), false)
    } catch (error) {
      const told = toWireError(error)
      const delay = this.#restartDelay(0)
      this.#lastEnd = `its thread could not be created: ${told.name}: ${told.message}`
      this.#state.enterFor(delay, { name: 'restarting' }, () => this.#restart())
      this.#options.onNotCreated(this, told, delay)
    }
  }

  get #services(): readonly string[] {
    return this.#options.setup.services.map((service) => service.name)
  }
}
