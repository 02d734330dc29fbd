/**
 * A few words of memory that the main thread and one worker thread share.
 *
 * They are for what must be readable while the other side is busy: a CPU loop that never yields can still see that it
 * is being aborted, and the main thread can see whether a run has begun without asking.
 *
 *   word 0      gate: bumped and notified by the main thread to wake the gate early
 *   word 1      the timer (index + 1) whose method was entered last; 0 before the first
 *   words 8..   one pair per run slot: progress, abort cause (index in ABORT_CAUSES + 1; 0 = none)
 */
import { ABORT_CAUSES, type AbortCause } from '../kernel/vocabulary.js'

const GATE = 0
const LAST_ENTERED = 1
const FIRST_SLOT = 8
const WORDS_PER_SLOT = 2

const HANDED = 0
const BEGUN = 1
const CALLED_OFF = 2

export class ThreadBlock {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  /** Attaches to the memory of an existing block. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  static withSlots(slots: number): ThreadBlock {
    return new ThreadBlock(new SharedArrayBuffer((FIRST_SLOT + slots * WORDS_PER_SLOT) * 4))
  }

  /** Makes a slot ready for a new run. Main thread. */
  prepare(slot: number): void {
    const at = FIRST_SLOT + slot * WORDS_PER_SLOT
    Atomics.store(this.#words, at, HANDED)
    Atomics.store(this.#words, at + 1, 0)
  }

  /**
   * The method is about to be called; false when the run has been called off: of {@link begin} and {@link callOff}
   * exactly one succeeds. Worker thread.
   */
  begin(slot: number, timer: number): boolean {
    Atomics.store(this.#words, LAST_ENTERED, timer + 1)
    return Atomics.compareExchange(this.#words, FIRST_SLOT + slot * WORDS_PER_SLOT, HANDED, BEGUN) === HANDED
  }

  /** Keeps a run from beginning, and wakes the gate if it waits there; false when it has begun already. Main thread. */
  callOff(slot: number): boolean {
    const before = Atomics.compareExchange(this.#words, FIRST_SLOT + slot * WORDS_PER_SLOT, HANDED, CALLED_OFF)
    this.#wakeGate()
    return before !== BEGUN
  }

  /** The run has not been called off. */
  isWanted(slot: number): boolean {
    return Atomics.load(this.#words, FIRST_SLOT + slot * WORDS_PER_SLOT) !== CALLED_OFF
  }

  hasBegun(slot: number): boolean {
    return Atomics.load(this.#words, FIRST_SLOT + slot * WORDS_PER_SLOT) === BEGUN
  }

  /** The timer whose method was entered last, or -1. */
  get lastEntered(): number {
    return Atomics.load(this.#words, LAST_ENTERED) - 1
  }

  /** Tells the run in a slot to stop. The first cause stays. Main thread. */
  abort(slot: number, cause: AbortCause): void {
    Atomics.compareExchange(this.#words, FIRST_SLOT + slot * WORDS_PER_SLOT + 1, 0, ABORT_CAUSES.indexOf(cause) + 1)
  }

  #wakeGate(): void {
    Atomics.add(this.#words, GATE, 1)
    Atomics.notify(this.#words, GATE)
  }

  abortCause(slot: number): AbortCause | undefined {
    return ABORT_CAUSES[Atomics.load(this.#words, FIRST_SLOT + slot * WORDS_PER_SLOT + 1) - 1]
  }

  isAborted(slot: number): boolean {
    return Atomics.load(this.#words, FIRST_SLOT + slot * WORDS_PER_SLOT + 1) !== 0
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
