/**
 * Ends a thread whose heap is nearly full while runs or calls are in progress on it: V8 ends the whole process when an
 * allocation cannot be met.
 *
 *   idle -- a run or a call is sent --> armed
 *   armed -- alarm: nothing is in flight --> idle
 *   armed -- alarm: asks how full the heap is; it has room --> armed
 *   armed -- the heap is nearly full --> full
 *   idle, armed, full -- the thread has exited --> ended
 *
 * 1. A thread on which nothing is in flight has no alarm; the last one after it was sent something may still ring.
 * 2. A thread is asked once a second at the most, and never while a question is unanswered.
 * 3. A full heap is reported once. Nothing is reported of a thread that has exited.
 *
 * One large allocation comes between two looks and is caught by nothing.
 */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'

export interface HeapWatchOptions {
  readonly clock: Pick<Clock, 'after'>
  readonly isInFlight: () => boolean
  /** The share of the heap that is in use, from 0; undefined when it is not known. Never rejects. */
  readonly ask: () => Promise<number | undefined>
  readonly onFull: (share: number) => void
}

const LOOK_EVERY: Micros = 1_000_000

/** Above this share a thread is ended. */
const FULL = 0.95

export class HeapWatch {
  readonly #options: HeapWatchOptions
  #state: 'idle' | 'armed' | 'over' = 'idle'
  #cancel: () => void = () => {}

  constructor(options: HeapWatchOptions) {
    this.#options = options
  }

  /** The thread has been sent a run or a call. */
  sent(): void {
    if (this.#state === 'idle') this.#arm()
  }

  /** The thread has exited, or is being ended. */
  end(): void {
    this.#state = 'over'
    this.#cancel()
  }

  #arm(): void {
    this.#state = 'armed'
    this.#cancel = this.#options.clock.after(LOOK_EVERY, () => void this.#look())
  }

  async #look(): Promise<void> {
    const { isInFlight, ask, onFull } = this.#options
    if (!isInFlight()) {
      this.#state = 'idle'
      return
    }
    const share = await ask()
    // The thread may have ended meanwhile.
    if (this.#state !== 'armed') return
    if (share === undefined || share <= FULL) {
      this.#arm()
    } else {
      this.#state = 'over'
      onFull(share)
    }
  }
}
