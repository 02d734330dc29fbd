/**
 * The thread in reserve of one slot: its modules are imported and its dependencies set up; its services are started only when
 * it takes over.
 *
 *   none -- keep --> preparing -- prepared --> ready
 *   preparing, ready -- take --> none                     the slot owns the thread from then on
 *   preparing -- failed, or too slow --> ending
 *   preparing, ready, ending -- exit --> backing off -- delay over --> preparing (always kept) or none (kept when asked)
 *   preparing, ready, ending -- close --> closing -- exit --> closed
 *   none, backing off -- close --> closed
 *
 * 1. There is at most one thread in reserve.
 * 2. After one that has ended, the next is started when the back-off is over, not before, whoever asks.
 * 3. A thread that was taken is the slot's: its exit changes nothing here.
 * 4. Nothing is started once it is closed.
 */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'
import type { Incarnation } from './incarnation.js'
import { TimedState } from './timed-state.js'
import { within } from './within.js'
import type { ThreadExit } from './worker-thread.js'

export interface StandbyOptions {
  readonly clock: Clock
  readonly spawn: () => Incarnation
  /** How long its import and dependencies may take. */
  readonly deadline: Micros
  /** One is kept from the first {@link Standby.keep} on; else only when it is asked for. */
  readonly isAlwaysKept: boolean
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

export class Standby {
  readonly #options: StandbyOptions
  readonly #state: TimedState<State>

  constructor(options: StandbyOptions) {
    this.#options = options
    this.#state = new TimedState<State>(options.clock, { name: 'none' })
  }

  /** Has a thread in reserve. Resolves with whether it is ready: false when it failed, or is not to be started yet. */
  async keep(): Promise<boolean> {
    if (this.#state.current.name === 'none') this.#prepare()
    const state = this.#state.current
    return state.name === 'preparing' ? state.isReady : state.name === 'ready'
  }

  /** The thread in reserve, ready or not; undefined when there is none. */
  take(): Incarnation | undefined {
    const state = this.#state.current
    if (state.name !== 'preparing' && state.name !== 'ready') return undefined
    this.#state.enter({ name: 'none' })
    return state.incarnation
  }

  /** Ends the thread in reserve; resolves when it has exited. */
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
    const { clock, spawn, deadline } = this.#options
    const incarnation = spawn()
    const replied = within(
      clock,
      deadline,
      incarnation.prepared.catch(() => undefined),
    )
    const isReady = replied.then((reply) => {
      if (!this.#state.is(preparing)) return false
      const succeeded = reply?.kind === 'prepared'
      if (succeeded) this.#state.enter({ name: 'ready', incarnation, since: clock.now() })
      else this.#end(incarnation)
      return succeeded
    })
    const preparing: State = { name: 'preparing', incarnation, isReady }
    this.#state.enter(preparing)
    void incarnation.thread.exited.then((exit) => this.#onExit(incarnation, exit))
  }

  #end(incarnation: Incarnation): void {
    this.#state.enter({ name: 'ending', incarnation })
    void incarnation.thread.terminate('start_failed')
  }

  #onExit(incarnation: Incarnation, exit: ThreadExit): void {
    const state = this.#state.current
    if (!('incarnation' in state) || state.incarnation !== incarnation) return
    incarnation.end(exit)
    if (state.name === 'closing') {
      this.#state.enter({ name: 'closed' })
      return
    }
    const { clock, isAlwaysKept, restartDelay } = this.#options
    const delay = restartDelay(state.name === 'ready' ? clock.now() - state.since : 0)
    this.#state.enterFor(delay, { name: 'backing_off' }, () => {
      if (isAlwaysKept) this.#prepare()
      else this.#state.enter({ name: 'none' })
    })
  }
}
