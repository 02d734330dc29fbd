/**
 * Follows the recent ticks on any thread.
 *
 * A reader that is slower than the writer by a whole ring is lapped: it goes on with the oldest records that are left, and counts
 * what it has lost. Each record is returned once, in the order of writing, or counted as lost.
 */
import type { Micros, Millis } from '../kernel/time.js'
import {
  ABORT_CAUSES,
  type AbortCause,
  OUTCOMES,
  type Outcome,
  RETURN_REASONS,
  type ReturnReason,
  SKIP_REASONS,
  type SkipReason,
} from '../kernel/vocabulary.js'
import { copyRow } from './copy-row.js'
import { RECENT_TICK } from './row-shapes.js'
import { RECORD_WORDS, TICK_ENDS } from './tick-ring.js'

interface TickFacts {
  /** The position of the timer in the catalogue. */
  readonly timer: number
  /** Number of the tick; negative when it was triggered by hand. */
  readonly sequence: number
  readonly dueMono: Micros
  readonly dueWall: Millis
}

export type RecentTick =
  | (TickFacts & {
      readonly end: 'run'
      readonly outcome: Outcome
      readonly attempts: number
      readonly startedAt: Micros | undefined
      readonly endedAt: Micros | undefined
      readonly threadId: number
      /** When the main thread booked its end, which is soon after `endedAt`, or after the exit of its thread. */
      readonly bookedAt: Micros
      /** Why it was aborted; absent when it was not. */
      readonly cause?: AbortCause
    })
  | (TickFacts & {
      readonly end: 'skipped'
      readonly reason: SkipReason
      /** Number of ticks that were skipped together; this is the last of them. */
      readonly count: number
    })
  /** The queue has kept it. */
  | (TickFacts & { readonly end: 'handed_over' })
  /** A ticket that went back to the queue from this attempt. */
  | (TickFacts & { readonly end: 'returned'; readonly reason: ReturnReason; readonly attempt: number })

export class TickRingReader {
  readonly #words: Float64Array
  readonly #sequence: Int32Array
  readonly #capacity: number
  readonly #record = new Float64Array(RECORD_WORDS)
  /** The position of the record to be read next. */
  #next = 0
  #lost = 0

  /** Starts with the oldest record of the memory. */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Float64Array(memory)
    this.#sequence = new Int32Array(memory)
    this.#capacity = this.#words.length / RECORD_WORDS
  }

  /** Number of records that were overwritten before they were read. */
  get lost(): number {
    return this.#lost
  }

  /** The records since the last call, at most `limit`. */
  read(limit = Number.POSITIVE_INFINITY): RecentTick[] {
    const ticks: RecentTick[] = []
    while (ticks.length < limit) {
      const position = this.#look()
      // Not written yet, or in the middle of being written.
      if (position === undefined || position < this.#next) break
      if (position === this.#next) {
        ticks.push(this.#decode())
        this.#next++
      } else {
        // The writer has come round to this place again, so the oldest record that can be left is the one after it.
        const oldest = position - this.#capacity + 1
        this.#lost += oldest - this.#next
        this.#next = oldest
      }
    }
    return ticks
  }

  /** Copies the record at the next place. Returns its position; undefined when it is being written. */
  #look(): number | undefined {
    const first = (this.#next % this.#capacity) * RECORD_WORDS
    if (!copyRow(this.#words, this.#sequence, first, RECORD_WORDS, this.#record, 0)) return undefined
    return this.#record[RECENT_TICK.at.position]! - 1
  }

  #decode(): RecentTick {
    const word = (field: keyof typeof RECENT_TICK.at) => this.#record[RECENT_TICK.at[field]]!
    // Each object is written out: V8 spreads an object with fractional numbers into another one many times slower.
    const [timer, sequence, dueMono, dueWall] = [word('timer'), word('sequence'), word('dueMono'), word('dueWall')]
    const end = TICK_ENDS[word('end')]
    if (end === 'handed_over') return { timer, sequence, dueMono, dueWall, end }
    if (end === 'returned') {
      const reason = RETURN_REASONS[word('kind')]!
      return { timer, sequence, dueMono, dueWall, end, reason, attempt: word('count') }
    }
    if (end === 'skipped') {
      const reason = SKIP_REASONS[word('kind')]!
      return { timer, sequence, dueMono, dueWall, end: 'skipped', reason, count: word('count') }
    }
    const run: RecentTick = {
      timer,
      sequence,
      dueMono,
      dueWall,
      end: 'run',
      outcome: OUTCOMES[word('kind')]!,
      attempts: word('count'),
      startedAt: momentOf(word('startedAt')),
      endedAt: momentOf(word('endedAt')),
      threadId: word('threadId'),
      bookedAt: word('bookedAt'),
    }
    const cause = ABORT_CAUSES[word('cause')]
    return cause === undefined ? run : { ...run, cause }
  }
}

function momentOf(word: number): Micros | undefined {
  return Number.isNaN(word) ? undefined : word
}
