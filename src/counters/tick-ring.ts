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
import { wordOfEach } from './enum-words.js'
import { Row } from './row.js'
import { RECENT_TICK } from './row-shapes.js'

const { at } = RECENT_TICK
/** How a tick ended. The index of a value is what a record contains. */
export const TICK_ENDS = ['run', 'skipped', 'handed_over', 'returned'] as const

const END = wordOfEach(0, TICK_ENDS)
const REASON = wordOfEach(0, SKIP_REASONS)
const RETURN = wordOfEach(0, RETURN_REASONS)
const OUTCOME = wordOfEach(0, OUTCOMES)
const CAUSE = wordOfEach(0, ABORT_CAUSES)
const NO_CAUSE = -1

/** The least number of ticks that are kept: four seconds of one timer that ticks each millisecond. */
const LEAST_CAPACITY = 4_096
/** For each timer. At ten ticks a second, 3.2 s of ticks: a reader that looks each 250 ms may miss twelve looks in a row. */
const CAPACITY_PER_TIMER = 32

/** From one record to the next: two cache lines. */
export const RECORD_WORDS = 16

const WORD_BYTES = 8

/** How many ticks are kept for so many timers. */
export function ringCapacity(timers: number): number {
  return Math.max(LEAST_CAPACITY, timers * CAPACITY_PER_TIMER)
}

/** Of a run that has ended, by the report of its thread. */
interface ReportedRun {
  /** Undefined when the method was not called, or the thread ended before its reply. */
  readonly startedAt: Micros | undefined
  readonly endedAt: Micros | undefined
  readonly threadId: number
}

export class TickRing {
  /** To be read with {@link TickRingReader}. */
  readonly memory: SharedArrayBuffer
  readonly #capacity: number
  /** The record that is written. */
  readonly #record: Row
  #next = 0

  constructor(capacity: number) {
    this.memory = new SharedArrayBuffer(capacity * RECORD_WORDS * WORD_BYTES)
    this.#capacity = capacity
    this.#record = new Row(new Float64Array(this.memory), new Int32Array(this.memory), 0)
  }

  /** Adds a tick whose run has ended. `cause` is why it was aborted; `bookedAt` is the present moment. */
  ended(
    timer: TimerIndex,
    tick: DueTick,
    outcome: Outcome,
    attempts: number,
    { startedAt, endedAt, threadId }: ReportedRun,
    cause: AbortCause | undefined,
    bookedAt: Micros,
  ): void {
    const record = this.#begin(timer, tick)
    record.set(at.end, END.run)
    record.set(at.kind, OUTCOME[outcome])
    record.set(at.count, attempts)
    record.set(at.startedAt, startedAt ?? Number.NaN)
    record.set(at.endedAt, endedAt ?? Number.NaN)
    record.set(at.threadId, threadId)
    record.set(at.bookedAt, bookedAt)
    record.set(at.cause, cause === undefined ? NO_CAUSE : CAUSE[cause])
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

  /** Adds a tick that the queue has kept. */
  handedOver(timer: TimerIndex, tick: DueTick): void {
    const record = this.#begin(timer, tick)
    record.set(at.end, END.handed_over)
    record.set(at.count, 1)
    record.end()
  }

  /** Adds a ticket that went back to the queue from this attempt. */
  returned(timer: TimerIndex, tick: DueTick, reason: ReturnReason, attempt: number): void {
    const record = this.#begin(timer, tick)
    record.set(at.end, END.returned)
    record.set(at.kind, RETURN[reason])
    record.set(at.count, attempt)
    record.end()
  }

  #begin(timer: TimerIndex, { sequence, dueMono, dueWall }: DueTick): Row {
    const position = this.#next++
    const record = this.#record
    record.moveTo((position % this.#capacity) * RECORD_WORDS)
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
