/**
 * The last ticks of each entrypoint, as numbers in a few typed arrays for all entrypoints together.
 *
 * An object for each tick would take five times the memory, and a typed array for each entrypoint would take more than its numbers
 * when there are many entrypoints. Pages that were never written take no memory.
 *
 *     entrypoint     0               1               2
 *     memory       [ 4 | 5 | 2 | 3 ][ 0 | 1 |   |   ][ ...       capacity 4, after 6 and 2 ticks
 */
import type { Millis } from '../../kernel/time.js'
import {
  ABORT_CAUSES,
  OUTCOMES,
  type Outcome,
  RETURN_REASONS,
  SKIP_REASONS,
  type SkipReason,
} from '../../kernel/vocabulary.js'
import type { EndedTick, RunSpans } from './history-store.js'

/** Bytes of one tick. */
export const TICK_BYTES = 4 * 8 + 2 * 4 + 2

/** How a tick ended, as a number: outcomes, skip reasons, a hand-over, return reasons. */
const FIRST_SKIP = OUTCOMES.length
const HAND_OVER = FIRST_SKIP + SKIP_REASONS.length
const FIRST_RETURN = HAND_OVER + 1

const END_OF: ReadonlyMap<Outcome | SkipReason, number> = new Map(
  [...OUTCOMES, ...SKIP_REASONS].map((end, index) => [end, index]),
)

/** Stands for no cause. */
const NO_CAUSE = 255

export class TickRings {
  readonly capacity: number
  /** Number of ticks that were added to each ring. */
  readonly #added: Float64Array
  readonly #dueAt: Float64Array
  readonly #sequence: Float64Array
  /** `startedAfter` of a run, `firstDueAt` of ticks that were skipped or handed over. */
  readonly #start: Float64Array
  readonly #endedAfter: Float64Array
  /** Attempts of a run, number of the attempt of a ticket that went back, number of other ticks. */
  readonly #count: Uint32Array
  readonly #threadId: Int32Array
  /** See {@link codeOf}. */
  readonly #end: Uint8Array
  readonly #cause: Uint8Array

  constructor(rings: number, capacity: number) {
    const size = rings * capacity
    this.capacity = capacity
    this.#added = new Float64Array(rings)
    this.#dueAt = new Float64Array(size)
    this.#sequence = new Float64Array(size)
    this.#start = new Float64Array(size)
    this.#endedAfter = new Float64Array(size)
    this.#count = new Uint32Array(size)
    this.#threadId = new Int32Array(size)
    this.#end = new Uint8Array(size)
    this.#cause = new Uint8Array(size)
  }

  /** Number of ticks of an entrypoint that are kept. */
  kept(entrypoint: number): number {
    return Math.min(this.#added[entrypoint]!, this.capacity)
  }

  /** Where the tick of an entrypoint is that was added as the last but `back`. */
  placeOf(entrypoint: number, back: number): number {
    return entrypoint * this.capacity + ((this.#added[entrypoint]! - 1 - back) % this.capacity)
  }

  /** Adds a tick in place of the oldest one. Returns its place. */
  add(tick: EndedTick): number {
    this.#added[tick.entrypoint]!++
    const place = this.placeOf(tick.entrypoint, 0)
    this.#write(place, tick)
    return place
  }

  /**
   * Adds ticks that were skipped, or handed over, to the ones before them, if they follow them and have ended alike. Returns whether
   * they do.
   */
  extend(tick: EndedTick): boolean {
    const { entrypoint, sequence } = tick
    if ((tick.end !== 'skipped' && tick.end !== 'handed_over') || this.kept(entrypoint) === 0) return false
    const place = this.placeOf(entrypoint, 0)
    const before = this.#sequence[place]!
    const isNext = before > 0 && sequence - tick.count === before
    if (!isNext || this.#end[place] !== codeOf(tick)) return false
    this.#sequence[place] = sequence
    this.#dueAt[place] = tick.dueAt
    this.#count[place]! += tick.count
    return true
  }

  /**
   * Where a tick is that has ended here; undefined when it is not kept. A tick that was handed over, or went back to the queue, may
   * still run here.
   */
  find(entrypoint: number, sequence: number): number | undefined {
    for (let back = 0; back < this.kept(entrypoint); back++) {
      const place = this.placeOf(entrypoint, back)
      if (this.#sequence[place] === sequence && this.#end[place]! < HAND_OVER) return place
    }
    return undefined
  }

  /** Each object is written out: V8 spreads an object with fractional numbers into another one many times slower. */
  read(entrypoint: number, place: number): EndedTick {
    const end = this.#end[place]!
    if (end >= FIRST_RETURN) {
      return {
        entrypoint,
        sequence: this.#sequence[place]!,
        dueAt: this.#dueAt[place]!,
        end: 'returned',
        reason: RETURN_REASONS[end - FIRST_RETURN]!,
        attempt: this.#count[place]!,
      }
    }
    if (end === HAND_OVER) {
      return {
        entrypoint,
        sequence: this.#sequence[place]!,
        dueAt: this.#dueAt[place]!,
        end: 'handed_over',
        count: this.#count[place]!,
        firstDueAt: this.#start[place]!,
      }
    }
    if (end >= FIRST_SKIP) {
      return {
        entrypoint,
        sequence: this.#sequence[place]!,
        dueAt: this.#dueAt[place]!,
        end: 'skipped',
        reason: SKIP_REASONS[end - FIRST_SKIP]!,
        count: this.#count[place]!,
        firstDueAt: this.#start[place]!,
      }
    }
    return {
      entrypoint,
      sequence: this.#sequence[place]!,
      dueAt: this.#dueAt[place]!,
      end: 'run',
      outcome: OUTCOMES[end]!,
      cause: ABORT_CAUSES[this.#cause[place]!],
      attempts: this.#count[place]!,
      startedAfter: known(this.#start[place]!),
      endedAfter: known(this.#endedAfter[place]!),
      threadId: this.#threadId[place]!,
    }
  }

  /** The due moment of a tick. */
  dueAt(place: number): Millis {
    return this.#dueAt[place]!
  }

  sequence(place: number): number {
    return this.#sequence[place]!
  }

  /** Whether a tick ended as a run. */
  isRun(place: number): boolean {
    return this.#end[place]! < FIRST_SKIP
  }

  /** Whether a tick ended in this way. */
  hasEnd(place: number, end: Outcome | SkipReason): boolean {
    return this.#end[place] === END_OF.get(end)
  }

  /** Of the runs of an entrypoint: no object is made for them. */
  spans(entrypoint: number): RunSpans {
    const first = entrypoint * this.capacity
    const kept = this.kept(entrypoint)
    const [lateness, duration] = [new Float64Array(kept), new Float64Array(kept)]
    let [starts, ends] = [0, 0]
    for (let place = first; place < first + kept; place++) {
      const start = this.#start[place]!
      if (this.#end[place]! >= OUTCOMES.length || Number.isNaN(start)) continue
      lateness[starts++] = start
      const end = this.#endedAfter[place]!
      if (!Number.isNaN(end)) duration[ends++] = end - start
    }
    return { lateness: lateness.subarray(0, starts), duration: duration.subarray(0, ends) }
  }

  #write(place: number, tick: EndedTick): void {
    this.#sequence[place] = tick.sequence
    this.#dueAt[place] = tick.dueAt
    this.#end[place] = codeOf(tick)
    if (tick.end === 'skipped' || tick.end === 'handed_over') {
      this.#start[place] = tick.firstDueAt
      this.#count[place] = tick.count
      return
    }
    if (tick.end === 'returned') {
      this.#count[place] = tick.attempt
      return
    }
    this.#cause[place] = tick.cause === undefined ? NO_CAUSE : ABORT_CAUSES.indexOf(tick.cause)
    this.#start[place] = tick.startedAfter ?? Number.NaN
    this.#endedAfter[place] = tick.endedAfter ?? Number.NaN
    this.#count[place] = tick.attempts
    this.#threadId[place] = tick.threadId
  }
}

function codeOf(tick: EndedTick): number {
  switch (tick.end) {
    case 'run':
      return OUTCOMES.indexOf(tick.outcome)
    case 'skipped':
      return FIRST_SKIP + SKIP_REASONS.indexOf(tick.reason)
    case 'handed_over':
      return HAND_OVER
    case 'returned':
      return FIRST_RETURN + RETURN_REASONS.indexOf(tick.reason)
  }
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}
