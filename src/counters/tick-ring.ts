/**
 * The most recent ticks that ended or were skipped, in shared memory: written by the main thread, read by any other.
 *
 *     position   0    1    2    3    4    5    6  ...        a record is at position % capacity
 *     memory   [ 4 ][ 5 ][ 6 ][ 3 ]                          with a capacity of 4, after 7 records
 *
 * 1. There is one writer, and it waits for no reader: the oldest record is overwritten.
 * 2. Each record is a row (row.ts) that contains its own position, so a reader notices that a record was replaced.
 * 3. A record has no text: timers are indexes in the catalogue, reasons and outcomes indexes in their enums.
 */
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { Micros } from '../kernel/time.js'
import { OUTCOMES, type Outcome, SKIP_REASONS, type SkipReason } from '../kernel/vocabulary.js'
import { wordOfEach } from './enum-words.js'
import { Row } from './row.js'
import { RECENT_TICK } from './row-shapes.js'

const { at } = RECENT_TICK
/** How a tick ended. The index of a value is what a record contains. */
export const TICK_ENDS = ['run', 'skipped'] as const

const END = wordOfEach(0, TICK_ENDS)
const REASON = wordOfEach(0, SKIP_REASONS)
const OUTCOME = wordOfEach(0, OUTCOMES)

/** Number of ticks that are kept. */
const CAPACITY = 4_096

/** From one record to the next: two cache lines. */
export const RECORD_WORDS = 16

const WORD_BYTES = 8

export class TickRing {
  /** To be read with {@link TickRingReader}. */
  readonly memory: SharedArrayBuffer
  readonly #records: readonly Row[]
  #next = 0

  constructor(capacity = CAPACITY) {
    this.memory = new SharedArrayBuffer(capacity * RECORD_WORDS * WORD_BYTES)
    const [words, sequence] = [new Float64Array(this.memory), new Int32Array(this.memory)]
    this.#records = Array.from({ length: capacity }, (_, index) => new Row(words, sequence, index * RECORD_WORDS))
  }

  /** Adds a tick whose run has ended. The moments are undefined when the method was not called, or its end was not reported. */
  ended(
    timer: TimerIndex,
    tick: DueTick,
    outcome: Outcome,
    attempts: number,
    startedAt: Micros | undefined,
    endedAt: Micros | undefined,
    threadId: number,
  ): void {
    const record = this.#begin(timer, tick)
    record.set(at.end, END.run)
    record.set(at.kind, OUTCOME[outcome])
    record.set(at.count, attempts)
    record.set(at.startedAt, startedAt ?? Number.NaN)
    record.set(at.endedAt, endedAt ?? Number.NaN)
    record.set(at.threadId, threadId)
    record.end()
  }

  /** Adds `count` ticks that were skipped together; `tick` is the last of them. */
  skipped(timer: TimerIndex, tick: DueTick, reason: SkipReason, count: number): void {
    const record = this.#begin(timer, tick)
    record.set(at.end, END.skipped)
    record.set(at.kind, REASON[reason])
    record.set(at.count, count)
    record.end()
  }

  #begin(timer: TimerIndex, { sequence, dueMono, dueWall }: DueTick): Row {
    const position = this.#next++
    const record = this.#records[position % this.#records.length]!
    record.begin()
    // Memory of zeros is no record: positions are stored from 1.
    record.set(at.position, position + 1)
    record.set(at.timer, timer)
    record.set(at.sequence, sequence)
    record.set(at.dueMono, dueMono)
    record.set(at.dueWall, dueWall)
    return record
  }
}
