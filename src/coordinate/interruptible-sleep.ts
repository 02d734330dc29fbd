/** A sleep that can be ended early. One sleep at a time. */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'

export class InterruptibleSleep {
  readonly #clock: Clock
  #interrupt: () => void = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after `span`, or when {@link interrupt} is called. */
  sleep(span: Micros): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(Math.ceil(span), resolve)
      this.#interrupt = () => {
        cancel()
        resolve()
      }
    })
  }

  /** Ends the current sleep; does nothing when there is none. */
  interrupt(): void {
    this.#interrupt()
  }
}
