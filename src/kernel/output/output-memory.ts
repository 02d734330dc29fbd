/**
 * What the threads that send and write output share: how many messages were sent, how many lines were dropped, what keeps a stream
 * from being written, and whether a line was written only in part. It outlives the admin thread.
 */
import { STREAMS, type StreamName } from './output-protocol.js'

/** Why a line was not written. */
export const OUTPUT_DROP_REASONS = [
  /** Too many were waiting: the reader of the stream, or the admin thread, is slower than the writers. */
  'slow_reader',
  /** The disk is full. */
  'no_space',
  /** The reader has exited, or the terminal is gone. */
  'closed',
  /** Too many were waiting while there was no admin thread. */
  'no_admin_thread',
  /** Too many were waiting for the logger that was given to the supervisor. */
  'slow_logger',
] as const
export type OutputDropReason = (typeof OUTPUT_DROP_REASONS)[number]

/** What may keep a stream from being written for some time. */
const OBSTACLES = ['none', 'slow_reader', 'no_space', 'no_admin_thread'] as const
export type Obstacle = (typeof OBSTACLES)[number]

export class OutputMemory {
  readonly buffer: SharedArrayBuffer
  /** One for each reason, then one for notes. */
  readonly #drops: BigInt64Array
  /** For each stream an index of {@link OBSTACLES}, then whether a line was cut; then how many messages were sent. */
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(DROP_BYTES + WORD_BYTES)) {
    this.buffer = buffer
    this.#drops = new BigInt64Array(buffer, 0, OUTPUT_DROP_REASONS.length + 1)
    this.#words = new Int32Array(buffer, DROP_BYTES, WORDS)
  }

  /** Numbers a message that is about to be sent: one more than the last one of all threads. The number wraps around, as an Int32. */
  nextPlace(): number {
    return (Atomics.add(this.#words, PLACE, 1) + 1) | 0
  }

  /** The number of the last message that was, or is about to be, sent. */
  get lastPlace(): number {
    return Atomics.load(this.#words, PLACE)
  }

  addDrops(reason: OutputDropReason, lines = 1): void {
    Atomics.add(this.#drops, OUTPUT_DROP_REASONS.indexOf(reason), BigInt(lines))
  }

  drops(reason: OutputDropReason): number {
    return Number(Atomics.load(this.#drops, OUTPUT_DROP_REASONS.indexOf(reason)))
  }

  /** A note about a run was dropped, because too many were waiting: the history lacks an error, or lines, of a run. */
  addDroppedNote(): void {
    Atomics.add(this.#drops, DROPPED_NOTES, 1n)
  }

  get droppedNotes(): number {
    return Number(Atomics.load(this.#drops, DROPPED_NOTES))
  }

  /** Called by the admin thread; by the main thread while there is none. */
  setObstacle(stream: StreamName, obstacle: Obstacle): void {
    Atomics.store(this.#words, wordOf(stream), OBSTACLES.indexOf(obstacle))
  }

  /** Why a sender drops a line now when too many of its lines are waiting. */
  dropReason(stream: StreamName): OutputDropReason {
    const obstacle = OBSTACLES[Atomics.load(this.#words, wordOf(stream))]!
    return obstacle === 'none' ? 'slow_reader' : obstacle
  }

  /** The last bytes of the stream are a part of a line. */
  setCut(stream: StreamName, isCut: boolean): void {
    Atomics.store(this.#words, wordOf(stream) + 1, isCut ? 1 : 0)
  }

  isCut(stream: StreamName): boolean {
    return Atomics.load(this.#words, wordOf(stream) + 1) === 1
  }
}

const DROPPED_NOTES = OUTPUT_DROP_REASONS.length
const DROP_BYTES = (OUTPUT_DROP_REASONS.length + 1) * BigInt64Array.BYTES_PER_ELEMENT
/** Of the number of the last message. */
const PLACE = STREAMS.length * 2
const WORDS = PLACE + 1
const WORD_BYTES = WORDS * Int32Array.BYTES_PER_ELEMENT

const wordOf = (stream: StreamName) => STREAMS.indexOf(stream) * 2
