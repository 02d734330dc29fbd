/**
 * Notices a thread that hangs outside of any run or call: something that a job left behind keeps the processor, and what the
 * thread is handed never begins.
 *
 *   resting -- work is handed over --> watching -- nothing is left to do --> resting
 *   watching -- the same work waits for longer than its limit --> hung
 *
 * 1. At most one timer is armed, and none while the thread has nothing to do. Handing work over costs no clock reading.
 * 2. While a run or a call is in progress the thread does not hang: a long run may keep others waiting.
 * 3. The limit counts from when the work was first seen waiting, or from its due moment where that is later. It starts again whenever
 *    the thread has finished something.
 * 4. It also starts again when the watch itself comes late: then the process was stopped, or the main thread was blocked, and the
 *    thread may not have had its chance.
 * 5. A thread is reported once.
 */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'

/** What a thread has to do. */
export type Work =
  | { readonly kind: 'none' }
  /** A run or a call has begun and has not ended. */
  | { readonly kind: 'in_progress' }
  /** Something was handed over and has not begun, and nothing else is in progress. */
  | {
      readonly kind: 'waiting'
      /** What waits: the same value at two looks is the same work. */
      readonly item: unknown
      /** Grows with everything that the thread does. */
      readonly progress: number
      readonly dueMono: Micros
      readonly limit: Micros
    }

export interface HangWatchOptions {
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** The shortest limit of any work. */
  readonly shortestLimit: Micros
  readonly work: () => Work
  readonly onHang: () => void
}

/** A limit is overstepped by no more than this part of it. */
const LOOKS_PER_LIMIT = 4

type Waiting = Extract<Work, { kind: 'waiting' }> & { readonly since: Micros }

export class HangWatch {
  readonly #options: HangWatchOptions
  readonly #lookEvery: Micros
  #state: 'resting' | 'watching' | 'over' = 'resting'
  #seen: Waiting | undefined
  #nextLook: Micros = 0
  #cancelLook: () => void = () => {}

  constructor(options: HangWatchOptions) {
    this.#options = options
    this.#lookEvery = Math.max(1_000, Math.floor(options.shortestLimit / LOOKS_PER_LIMIT))
  }

  /** A run or a call has been handed to the thread. */
  handedOver(): void {
    if (this.#state !== 'resting') return
    this.#state = 'watching'
    this.#seen = undefined
    this.#lookLater(this.#options.clock.now())
  }

  /** The thread is being ended, or has exited. */
  stop(): void {
    this.#state = 'over'
    this.#cancelLook()
  }

  #lookLater(now: Micros): void {
    this.#nextLook = now + this.#lookEvery
    this.#cancelLook = this.#options.clock.after(this.#lookEvery, () => this.#look())
  }

  #look(): void {
    const { clock, work, onHang } = this.#options
    const now = clock.now()
    const found = work()
    if (found.kind === 'none') {
      this.#state = 'resting'
      return
    }
    const isLate = now - this.#nextLook > this.#lookEvery
    this.#seen = found.kind === 'waiting' ? this.#waiting(found, now, isLate) : undefined
    if (this.#seen && now - Math.max(this.#seen.since, this.#seen.dueMono) >= this.#seen.limit) {
      this.stop()
      onHang()
      return
    }
    this.#lookLater(now)
  }

  #waiting(found: Extract<Work, { kind: 'waiting' }>, now: Micros, isLate: boolean): Waiting {
    const before = this.#seen
    const isSame = before && !isLate && before.item === found.item && before.progress === found.progress
    return { ...found, since: isSame ? before.since : now }
  }
}
