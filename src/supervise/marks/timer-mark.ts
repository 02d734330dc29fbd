/**
 * Knows up to which due moment the ticks of one timer are judged, during one term of its lease, and which mark is to be written. It
 * sends no requests. `clean`: the store has the latest due moment that was judged. `dirty`: it does not.
 *
 *     unread --read--> clean <--> dirty
 *
 * T1. {@link TimerMark.toWrite} is undefined until the mark of earlier leaders was read: a new mark would overwrite it, and the due moments
 *     that passed while nobody led would never be judged.
 * T2. It is earlier than the due moment of each tick whose hand-over is uncertain (see {@link OpenSince}), and never moves back.
 * T3. It is a due moment that was judged, or one up to which all due moments were judged.
 */
import type { Dispatch } from '../../dispatch/dispatch.js'
import type { Micros, Millis } from '../../kernel/time.js'
import type { Due } from '../../schedule/cadence.js'

export type MarkedTimer = Dispatch['timers'][number]

/** Returns the due moment of the oldest tick of a timer whose hand-over to the queue is still uncertain; undefined when there is none. */
export type OpenSince = (timer: MarkedTimer) => Millis | undefined

export class TimerMark {
  readonly timer: MarkedTimer
  /** The first due moment that was judged in this term. */
  first: Due | undefined
  /** When the last write was sent, on the monotonic clock. */
  sentAt: Micros = Number.NEGATIVE_INFINITY
  readonly #openSince: OpenSince
  #isRead = false
  #latest: Millis | undefined
  /** The latest due moment that may be written: the hand-over of all ticks up to it is certain. */
  #safe: Millis | undefined
  #written: Millis | undefined

  constructor(timer: MarkedTimer, openSince: OpenSince) {
    this.timer = timer
    this.#openSince = openSince
  }

  /** Call it with each due moment that was judged under the lease. */
  judged(due: Due): void {
    this.first ??= due
    this.#makeSafe()
    this.#latest = due.wall
  }

  /** Call it when the mark of earlier leaders was read, undefined when there is none, and the due moments since are judged. */
  read(written: Millis | undefined): void {
    this.#isRead = true
    this.#written = written
  }

  /** Call it when the store has stored this mark. */
  wrote(due: Millis): void {
    this.#written = due
  }

  /** Whether the store does not have the latest due moment that was judged. */
  get isDirty(): boolean {
    return this.#latest !== undefined && this.#latest !== this.#written
  }

  /** The mark to be written now; undefined when there is none. */
  get toWrite(): Millis | undefined {
    if (!this.#isRead) return undefined
    this.#makeSafe()
    return this.#safe === this.#written ? undefined : this.#safe
  }

  #makeSafe(): void {
    const latest = this.#latest
    if (latest === undefined) return
    const open = this.#openSince(this.timer)
    // `openSince` returns the due moment with its jitter, which may be as late as `latest` plus the whole jitter.
    const isSafe = open === undefined || latest + this.timer.definition.jitter / 1_000 < open
    if (isSafe) this.#safe = latest
  }
}
