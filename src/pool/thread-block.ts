/**
 * Memory that the main thread and one worker thread share.
 *
 * A run is handed over in it: the main thread writes the particulars into a record and sends the record's number, which is
 * several times cheaper than sending an object. And it is what either side can read while the other is busy: a loop that
 * never yields sees that it is told to stop, and the main thread sees whether a run has begun, and when.
 *
 *   words 0..7   0: gate, bumped and notified by the main thread to wake the gate early
 *                1: the method that was entered last: of a timer (index + 1), or of a call (-index - 1); 0 before the first
 *                2, 3: the size of the heap in use, as a number of 8 bytes
 *                4: the call from another service that is on the processor right now; 0: none
 *                5: how many calls from other services the thread has read; it wraps around
 *                6, 7: the share of its limit that is in use, as a number of 8 bytes
 *   then records   numbers (8 bytes each) and words (4 bytes each), as listed below
 *
 * Everything else is ordered by the messages that carry record numbers; progress, abort cause and ending are accessed atomically.
 */
import type { DueTick, PoolTimerIndex } from '../kernel/due-tick.js'
import type { Micros } from '../kernel/time.js'
import { ABORT_CAUSES, type AbortCause } from '../kernel/vocabulary.js'
import {
  ABORT_CAUSE,
  ATTEMPT,
  CALL_INSIDE,
  CALLS_READ,
  DELIVERY,
  DUE_MONO,
  DUE_WALL,
  ENDED_AT,
  ENDING,
  GATE,
  GATED,
  HEADER_WORDS,
  HEAP_BYTES,
  HEAP_SHARE,
  LAST_ENTERED,
  NEXT_INTERVAL,
  numberOf,
  PROGRESS,
  REACHED_AT,
  SEQUENCE,
  START_BY,
  STARTED_AT,
  STRIDE,
  SYNCHRONOUS,
  TIMER,
  wordOf,
} from './block-layout.js'
import { TicketHolds } from './ticket-holds.js'

const HANDED = 0
const BEGUN = 1
const CANCELLED = 2

/** A method by its place among the timers, or among the methods for other services, of its pool. */
export interface EnteredMethod {
  readonly kind: 'timer' | 'rpc'
  readonly index: number
}

export class ThreadBlock {
  readonly buffer: SharedArrayBuffer
  readonly holds: TicketHolds
  readonly #words: Int32Array
  readonly #numbers: Float64Array

  /** Attaches to the memory of an existing block. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.holds = new TicketHolds(buffer)
    this.#words = new Int32Array(buffer)
    this.#numbers = new Float64Array(buffer)
  }

  /** Records are numbered from 0; one more is for rehearsals. */
  static withRecords(records: number): ThreadBlock {
    return new ThreadBlock(new SharedArrayBuffer(HEADER_WORDS * 4 + (records + 1) * STRIDE * 8))
  }

  /** A record that no run is ever handed over in: the worker may do with it what it does with others. */
  get rehearsalRecord(): number {
    return (this.buffer.byteLength - HEADER_WORDS * 4) / (STRIDE * 8) - 1
  }

  /** Writes the particulars of a run that is about to be handed over. Main thread. */
  writeRun(
    record: number,
    timer: PoolTimerIndex,
    tick: DueTick,
    attempt: number,
    isGated: boolean,
    delivery = 0,
  ): void {
    const number = numberOf(record)
    this.#numbers[number + SEQUENCE] = tick.sequence
    this.#numbers[number + DUE_MONO] = tick.dueMono
    this.#numbers[number + DUE_WALL] = tick.dueWall
    this.#numbers[number + START_BY] = tick.startBy
    this.#numbers[number + STARTED_AT] = Number.NaN
    this.#numbers[number + ENDED_AT] = Number.NaN
    this.#numbers[number + NEXT_INTERVAL] = Number.NaN
    this.#numbers[number + REACHED_AT] = Number.NaN
    const word = wordOf(record)
    this.#words[word + TIMER] = timer
    this.#words[word + ATTEMPT] = attempt
    this.#words[word + DELIVERY] = delivery
    this.#words[word + GATED] = isGated ? 1 : 0
    this.#words[word + SYNCHRONOUS] = 0
    Atomics.store(this.#words, word + ENDING, 0)
    Atomics.store(this.#words, word + ABORT_CAUSE, 0)
    Atomics.store(this.#words, word + PROGRESS, HANDED)
  }

  tickOf(record: number): DueTick {
    const number = numberOf(record)
    return {
      sequence: this.#numbers[number + SEQUENCE]!,
      dueMono: this.#numbers[number + DUE_MONO]!,
      dueWall: this.#numbers[number + DUE_WALL]!,
      startBy: this.#numbers[number + START_BY]!,
    }
  }

  dueOf(record: number): Micros {
    return this.#numbers[numberOf(record) + DUE_MONO]!
  }

  timerOf(record: number): PoolTimerIndex {
    return this.#words[wordOf(record) + TIMER]!
  }

  attemptOf(record: number): number {
    return this.#words[wordOf(record) + ATTEMPT]!
  }

  /** How often the ticket was handed out; 0 for a tick that is no ticket. */
  deliveryOf(record: number): number {
    return this.#words[wordOf(record) + DELIVERY]!
  }

  isGated(record: number): boolean {
    return this.#words[wordOf(record) + GATED] === 1
  }

  /**
   * The method is about to be called; false when the run has been called off: of {@link begin} and {@link cancel}
   * exactly one succeeds. Worker thread.
   */
  begin(record: number): boolean {
    const word = wordOf(record)
    const begins = Atomics.compareExchange(this.#words, word + PROGRESS, HANDED, BEGUN) === HANDED
    if (begins) Atomics.store(this.#words, LAST_ENTERED, this.#words[word + TIMER]! + 1)
    return begins
  }

  /** Keeps a run from beginning, and wakes the gate if it waits there; false when it has begun already. Main thread. */
  cancel(record: number): boolean {
    const before = Atomics.compareExchange(this.#words, wordOf(record) + PROGRESS, HANDED, CANCELLED)
    Atomics.add(this.#words, GATE, 1)
    Atomics.notify(this.#words, GATE)
    return before !== BEGUN
  }

  /** The run has not been called off. */
  isWanted(record: number): boolean {
    return Atomics.load(this.#words, wordOf(record) + PROGRESS) !== CANCELLED
  }

  hasStarted(record: number): boolean {
    return Atomics.load(this.#words, wordOf(record) + PROGRESS) === BEGUN
  }

  /** The method that was entered last; undefined before the first. */
  get lastEntered(): EnteredMethod | undefined {
    const word = Atomics.load(this.#words, LAST_ENTERED)
    if (word === 0) return undefined
    return word > 0 ? { kind: 'timer', index: word - 1 } : { kind: 'rpc', index: -word - 1 }
  }

  /** A call of another service has been taken from the port. Worker thread. */
  readCall(): void {
    Atomics.add(this.#words, CALLS_READ, 1)
  }

  /** How many calls have been taken from the port, as a number of 32 bits, in the order in which they were sent. */
  get callsRead(): number {
    return Atomics.load(this.#words, CALLS_READ)
  }

  /** A method, the `index`-th that can be called in the pool, is entered for a call of another service. Worker thread. */
  enterCall(id: number, index: number): void {
    Atomics.store(this.#words, LAST_ENTERED, -index - 1)
    Atomics.store(this.#words, CALL_INSIDE, id | 0)
  }

  /** It has returned its result, or a promise. */
  leaveCall(): void {
    Atomics.store(this.#words, CALL_INSIDE, 0)
  }

  /** Some call is on the processor. */
  get isInsideSomeCall(): boolean {
    return Atomics.load(this.#words, CALL_INSIDE) !== 0
  }

  /** The call is on the processor: its method has not returned anything yet, not even a promise. */
  isInsideCall(id: number): boolean {
    return Atomics.load(this.#words, CALL_INSIDE) === (id | 0)
  }

  /** Size of the thread's heap in use, as of the last time it looked; 0 before. */
  get heapBytes(): number {
    return this.#numbers[HEAP_BYTES]!
  }

  /** The share of the limit of its heap that is in use, as of the last time the thread looked; 0 before. */
  get heapShare(): number {
    return this.#numbers[HEAP_SHARE]!
  }

  writeHeap(bytes: number, limit: number): void {
    this.#numbers[HEAP_BYTES] = bytes
    this.#numbers[HEAP_SHARE] = bytes / limit
  }

  /** The run has reached the gate. Worker thread. */
  writeReached(record: number, reachedAt: Micros): void {
    this.#numbers[numberOf(record) + REACHED_AT] = reachedAt
  }

  /** The first instruction of the method. Worker thread. */
  writeStart(record: number, startedAt: Micros): void {
    this.#numbers[numberOf(record) + STARTED_AT] = startedAt
  }

  /** The method has ended; what its interval function says comes with it. Worker thread. */
  writeEnd(record: number, endedAt: Micros, nextInterval: Micros | undefined): void {
    const number = numberOf(record)
    this.#numbers[number + ENDED_AT] = endedAt
    if (nextInterval !== undefined) this.#numbers[number + NEXT_INTERVAL] = nextInterval
  }

  /** The method has returned without a promise, or has thrown. Worker thread. */
  markSynchronous(record: number): void {
    this.#words[wordOf(record) + SYNCHRONOUS] = 1
  }

  isSynchronous(record: number): boolean {
    return this.#words[wordOf(record) + SYNCHRONOUS] === 1
  }

  /** How the run ended, by its place in RUN_ENDINGS: before its reply leaves. Worker thread. */
  writeEnding(record: number, ending: number): void {
    Atomics.store(this.#words, wordOf(record) + ENDING, ending + 1)
  }

  /** Undefined unless the run has ended. */
  endingOf(record: number): number | undefined {
    const word = Atomics.load(this.#words, wordOf(record) + ENDING)
    return word === 0 ? undefined : word - 1
  }

  /** Undefined before it has reached the gate. */
  reachedAt(record: number): Micros | undefined {
    return present(this.#numbers[numberOf(record) + REACHED_AT]!)
  }

  /** Undefined before it: the method has not been entered. */
  startedAt(record: number): Micros | undefined {
    return present(this.#numbers[numberOf(record) + STARTED_AT]!)
  }

  endedAt(record: number): Micros | undefined {
    return present(this.#numbers[numberOf(record) + ENDED_AT]!)
  }

  nextInterval(record: number): Micros | undefined {
    return present(this.#numbers[numberOf(record) + NEXT_INTERVAL]!)
  }

  /** Tells the run in a record to stop. The first cause stays. Main thread. */
  abort(record: number, cause: AbortCause): void {
    Atomics.compareExchange(this.#words, wordOf(record) + ABORT_CAUSE, 0, ABORT_CAUSES.indexOf(cause) + 1)
  }

  abortCause(record: number): AbortCause | undefined {
    return ABORT_CAUSES[Atomics.load(this.#words, wordOf(record) + ABORT_CAUSE) - 1]
  }

  isAborted(record: number): boolean {
    return Atomics.load(this.#words, wordOf(record) + ABORT_CAUSE) !== 0
  }

  /** What the gate word says now; read it before the last look at what could end the sleep, then pass it to {@link sleep}. */
  get gateWord(): number {
    return Atomics.load(this.#words, GATE)
  }

  /** Blocks the calling worker thread for `millis` (fractions count), or until the gate word is no longer as `seen`. */
  sleep(seen: number, millis: number): void {
    Atomics.wait(this.#words, GATE, seen, millis)
  }
}

function present(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}
