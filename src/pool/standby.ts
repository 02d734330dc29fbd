/**
 * The standby thread of one slot: its modules are imported and its dependencies set up; its services are started only when
 * it takes over.
 *
 *   none -- keep --> preparing -- prepared --> ready
 *   preparing, ready -- take --> none                     the slot owns the thread from then on
 *   preparing -- failed, or too slow --> ending
 *   none -- it cannot be created --> backing off
 *   preparing, ready, ending -- exit --> backing off -- delay over --> preparing (always kept) or none (kept when asked)
 *   preparing, ready, ending -- close --> closing -- exit --> closed
 *   none, backing off -- close --> closed
 *
 * 1. There is at most one standby thread.
 * 2. After one that has ended, the next is started when the back-off is over, not before, whoever asks.
 * 3. A thread that was taken is the slot's: its exit changes nothing here.
 * 4. Nothing is started once it is closed.
 * 5. An end that nobody asked for, and a thread that cannot be created, are reported.
 */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'
import type { Incarnation } from './incarnation.js'
import type { PrepareReply } from './protocol.js'
import { causeOfFailedStart, causeOfSlowStart } from './start-error.js'
import { TimedState } from './timed-state.js'
import { EXIT_DEADLINE, within } from './within.js'
import type { EndCause, ThreadExit } from './worker-thread.js'

export interface StandbyOptions {
  readonly clock: Clock
  readonly spawn: () => Incarnation
  /** How long its import and dependencies may take. */
  readonly deadline: Micros
  /** One is kept from the first {@link Standby.keep} on; else only when it is asked for. */
  readonly isAlwaysKept: boolean
  readonly onExit: (incarnation: Incarnation, exit: ThreadExit, retryIn: Micros) => void
  /** It was terminated and has not exited in time. No other one is started until it has. */
  readonly onZombie: (incarnation: Incarnation) => void
  readonly onNotCreated: (error: unknown, retryIn: Micros) => void
  /** How long to wait before the next is started, told how long the last one had been ready. */
  readonly restartDelay: (readyFor: Micros) => Micros
}

type State =
  | { readonly name: 'none' }
  | { readonly name: 'preparing'; readonly incarnation: Incarnation; readonly isReady: Promise<boolean> }
  | { readonly name: 'ready'; readonly incarnation: Incarnation; readonly since: Micros }
  | { readonly name: 'ending' | 'closing'; readonly incarnation: Incarnation }
  | { readonly name: 'backing_off' }
  | { readonly name: 'closed' }

/** Undefined when the thread has ended by itself. */
function causeOf(reply: PrepareReply | 'ended' | undefined, incarnation: Incarnation, deadline: Micros) {
  if (reply === undefined) return causeOfSlowStart(incarnation.services, deadline)
  return typeof reply === 'object' && reply.kind === 'start_failed' ? causeOfFailedStart(reply) : undefined
}

export class Standby {
  readonly #options: StandbyOptions
  readonly #state: TimedState<State>

  constructor(options: StandbyOptions) {
    this.#options = options
    this.#state = new TimedState<State>(options.clock, { name: 'none' })
  }

  /** Keeps a standby thread from now on. Resolves with whether it is ready: false when it failed, or is not to be started yet. */
  async keep(): Promise<boolean> {
    if (this.#state.current.name === 'none') this.#prepare()
    const state = this.#state.current
    return state.name === 'preparing' ? state.isReady : state.name === 'ready'
  }

  /** The standby thread, ready or not; undefined when there is none. */
  take(): Incarnation | undefined {
    const state = this.#state.current
    if (state.name !== 'preparing' && state.name !== 'ready') return undefined
    this.#state.enter({ name: 'none' })
    return state.incarnation
  }

  /** Ends the standby thread; resolves when it has exited. */
  async close(): Promise<void> {
    const state = this.#state.current
    if (!('incarnation' in state)) {
      this.#state.enter({ name: 'closed' })
      return
    }
    const { incarnation } = state
    this.#state.enter({ name: 'closing', incarnation })
    await incarnation.thread.terminate('stopped')
  }

  #prepare(): void {
    const { clock, deadline } = this.#options
    const incarnation = this.#spawn()
    if (!incarnation) return
    const replied = within(
      clock,
      deadline,
      incarnation.prepared.catch((): 'ended' => 'ended'),
    )
    const isReady = replied.then((reply) => {
      if (!this.#state.is(preparing)) return false
      const succeeded = typeof reply === 'object' && reply.kind === 'prepared'
      if (succeeded) this.#state.enter({ name: 'ready', incarnation, since: clock.now() })
      else this.#end(incarnation, causeOf(reply, incarnation, deadline))
      return succeeded
    })
    const preparing: State = { name: 'preparing', incarnation, isReady }
    this.#state.enter(preparing)
    void incarnation.thread.exited.then((exit) => this.#onExit(incarnation, exit))
  }

  /** Undefined when it cannot be created: then the state is left for the back-off. */
  #spawn(): Incarnation | undefined {
    try {
      return this.#options.spawn()
    } catch (error) {
      this.#options.onNotCreated(error, this.#backOff(0))
      return undefined
    }
  }

  #end(incarnation: Incarnation, cause: EndCause | undefined): void {
    const ending: State = { name: 'ending', incarnation }
    this.#state.enterFor(EXIT_DEADLINE, ending, () => this.#options.onZombie(incarnation))
    void incarnation.terminate('start_failed', cause)
  }

  #onExit(incarnation: Incarnation, ended: ThreadExit): void {
    const exit = incarnation.explain(ended)
    const state = this.#state.current
    if (!('incarnation' in state) || state.incarnation !== incarnation) return
    incarnation.end(exit)
    if (state.name === 'closing') {
      this.#state.enter({ name: 'closed' })
      return
    }
    const delay = this.#backOff(state.name === 'ready' ? this.#options.clock.now() - state.since : 0)
    this.#options.onExit(incarnation, exit, delay)
  }

  /** Returns after how long the next one is started. */
  #backOff(readyFor: Micros): Micros {
    const { isAlwaysKept, restartDelay } = this.#options
    const delay = restartDelay(readyFor)
    this.#state.enterFor(delay, { name: 'backing_off' }, () => {
      if (isAlwaysKept) this.#prepare()
      else this.#state.enter({ name: 'none' })
    })
    return delay
  }
}
