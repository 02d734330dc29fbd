/**
 * The late ticks of one lane: those of `missed: 'once'` and `'all'` that a timer makes up.
 *
 * 1. They are offered one after the other, oldest first. A tick stays in the list until the queue has kept it, or it is skipped.
 * 2. After the answer that an earlier ticket of the lane has not ended, none is offered for {@link OFFER_AGAIN}.
 */
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { PendingTick } from '../lane.js'

const OFFER_AGAIN: Micros = 500_000

export class LateTicks {
  readonly #ticks: PendingTick[] = []
  #notBefore: Micros = 0
  #cancel: () => void = () => {}

  get all(): readonly PendingTick[] {
    return this.#ticks
  }

  add(pending: PendingTick): void {
    this.#ticks.push(pending)
  }

  remove(pending: PendingTick): void {
    const at = this.#ticks.indexOf(pending)
    if (at >= 0) this.#ticks.splice(at, 1)
  }

  /** The tick that may be offered now. */
  ready(now: Micros): PendingTick | undefined {
    return now >= this.#notBefore ? this.#ticks[0] : undefined
  }

  /** The lane is not free: calls `onReady` when the oldest tick may be offered again. */
  putOff(clock: Clock, onReady: () => void): void {
    this.#notBefore = clock.now() + OFFER_AGAIN
    this.#cancel()
    this.#cancel = clock.after(OFFER_AGAIN, onReady)
  }

  /** Ends what {@link putOff} has begun. */
  cancel(): void {
    this.#cancel()
  }
}
