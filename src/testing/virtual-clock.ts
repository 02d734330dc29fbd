import type { Clock } from '../kernel/clock.js'
import type { Micros, Millis } from '../kernel/time.js'
import { realTurn } from './real-turns.js'

interface Sleeper {
  readonly at: Micros
  readonly wake: () => void
}

/**
 * A clock that a test moves. The wall clock follows the monotonic clock, and the test can make it jump.
 *
 *     const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
 *     await clock.advance(100_000)      // 100 ms
 *     clock.jumpWall(3_600_000)         // the wall clock is set forward by an hour
 */
export class VirtualClock implements Clock {
  #now: number
  #wallOffset: number
  #alarm: Sleeper | undefined
  readonly #sleepers = new Set<Sleeper>()

  readonly #settle: () => Promise<void>

  /** The clock awaits `settle` after each wake-up, so that the woken code can run. Default: one turn of the event loop. */
  constructor({
    start = 0,
    wall = 0,
    settle = realTurn,
  }: { start?: Micros; wall?: Millis; settle?: () => Promise<void> } = {}) {
    this.#settle = settle
    this.#now = start
    this.#wallOffset = wall - this.#now / 1_000
  }

  now(): Micros {
    return this.#now
  }

  wallNow(): Millis {
    return this.#wallOffset + this.#now / 1_000
  }

  setAlarm(at: Micros, wake: () => void): void {
    this.#alarm = { at: Math.max(at, this.#now), wake }
  }

  clearAlarm(): void {
    this.#alarm = undefined
  }

  after(span: Micros, callback: () => void): () => void {
    const sleeper = { at: this.#now + span, wake: callback }
    this.#sleepers.add(sleeper)
    return () => void this.#sleepers.delete(sleeper)
  }

  sleep(span: Micros, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => this.#sleepers.delete(sleeper) && reject(signal?.reason)
      const wake = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const sleeper = { at: this.#now + span, wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Moves both clocks forward and stops at every alarm and sleeper, so that each wakes at its own time. */
  async advance(span: Micros): Promise<void> {
    const end = this.#now + span
    for (let next = this.#earliest(); next && next.at <= end; next = this.#earliest()) {
      this.#now = Math.max(this.#now, next.at)
      if (next === this.#alarm) this.#alarm = undefined
      else this.#sleepers.delete(next)
      next.wake()
      await this.#settle()
    }
    this.#now = end
    await this.#settle()
  }

  /** Moves both clocks forward and wakes alarms and sleepers only afterwards, as after a stall of the process. */
  async stall(span: Micros): Promise<void> {
    this.#now += span
    await this.advance(0)
  }

  /** Moves only the wall clock, forward or back. */
  jumpWall(by: Millis): void {
    this.#wallOffset += by
  }

  /** Moves the wall clock as a suspend of the machine does, during which the monotonic clock stands still. */
  suspend(span: Micros): void {
    this.jumpWall(span / 1_000)
  }

  #earliest(): Sleeper | undefined {
    let earliest = this.#alarm
    for (const sleeper of this.#sleepers) {
      if (!earliest || sleeper.at < earliest.at) earliest = sleeper
    }
    return earliest
  }
}
