/** The state of a state machine, with at most one timer, which belongs to the state: leaving the state calls it off. */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'

export class TimedState<State> {
  readonly #clock: Clock
  #current: State
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, first: State) {
    this.#clock = clock
    this.#current = first
  }

  get current(): State {
    return this.#current
  }

  /** This very state has not been left since it was entered. */
  is(state: State): boolean {
    return this.#current === state
  }

  enter(next: State): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#current = next
  }

  /** Calls `onTimer` unless the state has been left within `span`. */
  enterFor(span: Micros, next: State, onTimer: () => void): void {
    this.enter(next)
    this.#cancelTimer = this.#clock.after(span, onTimer)
  }
}
