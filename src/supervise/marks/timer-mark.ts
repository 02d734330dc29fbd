/**
 * How far the ticks of one timer are judged, during one term of its lease. Holds state and sends nothing.
 *
 *     unread --read--> clean <--> dirty
 *
 * T1. {@link TimerMark.toWrite} is undefined until the mark of the leaders before was read: writing would forget what lapsed.
 * T2. It never lies behind a tick that is still open (see `openSince`), and never goes back.
 * T3. It is a due moment that was judged, or one before which everything was judged.
 */
import type { Dispatch } from '../../dispatch/dispatch.js'
import type { Micros, Millis } from '../../kernel/time.js'
import type { Due } from '../../schedule/cadence.js'

export type MarkedTimer = Dispatch['timers'][number]

/** The due moment of the oldest tick of a timer of which it is not certain yet that the queue has it; undefined: there is none. */
export type OpenSince = (timer: MarkedTimer) => Millis | undefined

export class TimerMark {
  readonly timer: MarkedTimer
  /** The first due moment that was judged in this term. */
  first: Due | undefined
  /** When a write was sent last. */
  sentAt: Micros = Number.NEGATIVE_INFINITY
  readonly #openSince: OpenSince
  #isRead = false
  #latest: Millis | undefined
  /** The last moment up to which nothing is open. */
  #safe: Millis | undefined
  #written: Millis | undefined

  constructor(timer: MarkedTimer, openSince: OpenSince) {
    this.timer = timer
    this.#openSince = openSince
  }

  /** A tick was judged under the lease. */
  judged(due: Due): void {
    this.first ??= due
    this.#makeSafe()
    this.#latest = due.wall
  }

  /** What the leaders before have written is known, and what lapsed since is judged. */
  read(written: Millis | undefined): void {
    this.#isRead = true
    this.#written = written
  }

  /** It is written: the store has this mark. */
  wrote(due: Millis): void {
    this.#written = due
  }

  /** Whether a moment was judged that the store does not know. */
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
    // A tick is open under its due moment and its jitter.
    const isSafe = open === undefined || latest + this.timer.definition.jitter / 1_000 < open
    if (isSafe) this.#safe = latest
  }
}
