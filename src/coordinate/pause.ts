/** A wait that can be cut short: one at a time. */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'

export class Pause {
  readonly #clock: Clock
  #end: () => void = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after `span`, or when {@link end} is called. */
  last(span: Micros): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(Math.ceil(span), resolve)
      this.#end = () => {
        cancel()
        resolve()
      }
    })
  }

  /** Does nothing while nobody waits. */
  end(): void {
    this.#end()
  }
}
