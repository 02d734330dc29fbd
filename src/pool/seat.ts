/**
 * A place in a pool where one thread sits: starts it, hands it runs, and seats another when it has ended.
 *
 *   vacant -> starting -> up -> vacant ...   a dead thread is replaced after a back-off
 *   any state -> closed                      by `close()`, for good
 *
 * A run that was on a thread when the thread ended is reported `crashed` once the exit has been seen, not before.
 */

import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import { InternalError, StartError } from '../kernel/errors.js'
import type { Micros } from '../kernel/time.js'
import type { ThreadState } from '../kernel/view.js'
import type { WireError } from '../kernel/wire-error.js'
import type { HostSetup, RunReply, StartReply, StopReply, WorkerMessage } from './protocol.js'
import { RunInFlight } from './run-in-flight.js'
import { Thread, type ThreadExit, type ThreadOptions } from './thread.js'
import { ThreadBlock } from './thread-block.js'

export interface SeatOptions extends Pick<ThreadOptions, 'resourceLimits' | 'nice'> {
  readonly setup: Omit<HostSetup, 'block'>
  /** Most runs of all timers of the pool that can be in flight on one thread. */
  readonly slots: number
  readonly clock: Clock
  /** How long to wait before the next thread is started, told how long the last one had been up. */
  readonly restartDelay: (upFor: Micros) => Micros
  readonly onUp: (seat: Seat, tookMicros: Micros) => void
  readonly onExit: (seat: Seat, exit: ThreadExit, restartIn: Micros | undefined) => void
  readonly onMessage: (message: WorkerMessage) => void
}

type State =
  | { readonly name: 'vacant' }
  | { readonly name: 'starting'; readonly thread: Thread }
  | { readonly name: 'up'; readonly thread: Thread; readonly since: Micros }
  | { readonly name: 'closed' }

const VIEW_STATES = { vacant: 'restarting', starting: 'starting', closed: 'stopped' } as const

export class Seat {
  readonly index: number
  readonly #options: SeatOptions
  readonly #block: ThreadBlock
  readonly #freeSlots: number[]
  readonly #closing = new AbortController()
  #state: State = { name: 'vacant' }
  #restarts = 0
  #inFlight = 0
  /** Until this moment every run in flight waits in the gate, or behind one that does. */
  #gatedUntil: Micros = Number.NEGATIVE_INFINITY

  constructor(index: number, options: SeatOptions) {
    this.index = index
    this.#options = options
    this.#block = ThreadBlock.withSlots(options.slots)
    this.#freeSlots = Array.from({ length: options.slots }, (_, slot) => slot)
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get isUp(): boolean {
    return this.#state.name === 'up'
  }

  /** A run handed over now would reach the gate, or find only runs before it that are still held there. */
  isIdle(now: Micros): boolean {
    return this.isUp && (this.#inFlight === 0 || now < this.#gatedUntil)
  }

  get restarts(): number {
    return this.#restarts
  }

  get threadId(): number | undefined {
    return this.#state.name === 'starting' || this.#state.name === 'up' ? this.#state.thread.threadId : undefined
  }

  get viewState(): ThreadState {
    if (this.#state.name === 'up') return this.#inFlight > 0 ? 'busy' : 'idle'
    return VIEW_STATES[this.#state.name]
  }

  /**
   * Starts the first thread. Throws a {@link StartError} when its services cannot be started: a fault to be told at
   * start-up, not to be tried again for ever.
   */
  async open(): Promise<void> {
    const failure = await this.#seatThread()
    if (failure) throw failure
  }

  /** Starts a thread; resolves with what went wrong, if anything, after the thread has exited. */
  async #seatThread(): Promise<StartError | undefined> {
    const { clock, setup, onUp, onMessage, resourceLimits, nice } = this.#options
    const begun = clock.now()
    const [thread, reply] = Thread.spawn<StartReply>(
      {
        setup: { ...setup, block: this.#block.buffer },
        onMessage,
        ...(resourceLimits && { resourceLimits }),
        ...(nice !== undefined && { nice }),
      },
      { kind: 'start' },
    )
    this.#state = { name: 'starting', thread }
    // The exit listener must be in place before anything is awaited: a thread can end at any moment.
    const exited = thread.exited.then((exit) => this.#onExit(thread, exit))
    let started: StartReply
    try {
      started = await reply
    } catch {
      await exited
      const { reason, exitCode, error } = await thread.exited
      return new StartError(
        'ERR_START',
        `${this.#who}: the thread ended while starting (${reason}, exit code ${exitCode}${error ? `): ${error.message}` : ')'}`,
        { cause: error },
      )
    }
    if (started.kind === 'start_failed') {
      await thread.terminate('start_failed')
      await exited
      return startError(started.service, started.step, started.error)
    }
    if (this.#state.name === 'starting' && this.#state.thread === thread) {
      const now = clock.now()
      this.#state = { name: 'up', thread, since: now }
      onUp(this, now - begun)
    }
    return undefined
  }

  /** Hands a run to the thread that is up. `done` is called once, when it has really ended. */
  run(timer: number, { tick, attempt, early }: Invocation, done: (report: RunReport) => void): RunHandle {
    if (this.#state.name !== 'up') throw new InternalError(`seat ${this.index} of ${this.#who} has no thread`)
    const { thread } = this.#state
    const run = new RunInFlight(this.#freeSlots.pop()!, this.#block, thread.threadId)
    this.#block.writeRun(run.slot, timer, tick, attempt, early)
    if (early) this.#gatedUntil = tick.dueAt
    else if (this.#inFlight === 0) this.#gatedUntil = Number.NEGATIVE_INFINITY
    this.#inFlight++
    thread.request<RunReply>(run.slot).then(
      (reply) => this.#settle(run.slot, run.reportOf(reply), done),
      () => void thread.exited.then((exit) => this.#settle(run.slot, run.reportOfExit(exit), done)),
    )
    return run
  }

  #settle(slot: number, report: RunReport, done: (report: RunReport) => void): void {
    this.#inFlight--
    this.#freeSlots.push(slot)
    done(report)
  }

  /** Stops the services of the thread (`onStop`, dependencies), then the thread; terminates it after `grace`. */
  async close(grace: Micros): Promise<void> {
    this.#closing.abort()
    const state = this.#state
    this.#state = { name: 'closed' }
    if (state.name === 'vacant' || state.name === 'closed') return
    const { thread } = state
    const deadline = new AbortController()
    const stopped =
      state.name === 'up' && this.#inFlight === 0
        ? await Promise.race([
            thread.request<StopReply>({ kind: 'stop' }).catch(() => undefined),
            this.#options.clock.sleep(grace, deadline.signal).catch(() => undefined),
          ])
        : undefined
    deadline.abort()
    await thread.terminate(stopped ? 'stopped' : 'killed')
  }

  #onExit(thread: Thread, exit: ThreadExit): void {
    const { clock, restartDelay, onExit } = this.#options
    const state = this.#state
    // A first start that failed is told to whoever opened the seat; every later end is followed by another start.
    const isReplaced = state.name === 'up' || (state.name === 'starting' && this.#restarts > 0)
    if (!isReplaced) {
      if (state.name === 'starting') this.#state = { name: 'vacant' }
      onExit(this, exit, undefined)
      return
    }
    this.#state = { name: 'vacant' }
    this.#gatedUntil = Number.NEGATIVE_INFINITY
    void thread.terminate(exit.reason)
    const delay = restartDelay(state.name === 'up' ? clock.now() - state.since : 0)
    onExit(this, exit, delay)
    void this.#restartAfter(delay)
  }

  async #restartAfter(delay: Micros): Promise<void> {
    try {
      await this.#options.clock.sleep(delay, this.#closing.signal)
    } catch {
      return
    }
    this.#restarts++
    // A failed start ends the thread, and the end of a thread brings us back here after the next delay.
    await this.#seatThread()
  }

  get #who(): string {
    return this.#options.setup.services.map((service) => service.name).join(', ')
  }
}

function startError(service: string, step: string, error: WireError): StartError {
  return new StartError('ERR_START', `${service}: ${step} failed: ${error.name}: ${error.message}`, { cause: error })
}
