/**
 * The late ticks of one lane: ticks that were missed and are made up for, because the timer has `missed: 'once'` or `'all'`.
 *
 * 1. They are offered one after the other, oldest first. A tick stays in the list until the queue keeps it or it is skipped.
 * 2. When the queue answers that an earlier ticket of the lane has not ended, no late tick is offered for {@link OFFER_AGAIN}.
 */
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { PendingTick } from '../lane.js'

/** The time after which a late tick is offered again whose lane was not free. */
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

  /** The oldest tick, if it may be offered now. */
  ready(now: Micros): PendingTick | undefined {
    return now >= this.#notBefore ? this.#ticks[0] : undefined
  }

  /** Call it when the lane is not free. Calls `onReady` when the oldest tick may be offered again. */
  putOff(clock: Clock, onReady: () => void): void {
    this.#notBefore = clock.now() + OFFER_AGAIN
    this.#cancel()
    this.#cancel = clock.after(OFFER_AGAIN, onReady)
  }

  /** Cancels the call of `onReady` that {@link putOff} has scheduled. */
  cancel(): void {
    this.#cancel()
  }
}
