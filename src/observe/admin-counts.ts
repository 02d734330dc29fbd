/**
 * What the admin thread counts: notifications, heartbeats, and readers of the event stream that it dropped. The memory outlives the
 * thread, so the counts go on when it is replaced.
 */
import {
  HEARTBEAT_RESULTS,
  type HeartbeatResult,
  NOTIFICATION_RESULTS,
  type NotificationResult,
} from '../kernel/notices.js'

const FIRST_HEARTBEAT = NOTIFICATION_RESULTS.length
const READERS = FIRST_HEARTBEAT + HEARTBEAT_RESULTS.length

export class AdminCounts {
  readonly buffer: SharedArrayBuffer
  readonly #words: BigInt64Array

  constructor(buffer = new SharedArrayBuffer((READERS + 1) * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#words = new BigInt64Array(buffer)
  }

  notification(result: NotificationResult): void {
    Atomics.add(this.#words, NOTIFICATION_RESULTS.indexOf(result), 1n)
  }

  notifications(result: NotificationResult): number {
    return Number(Atomics.load(this.#words, NOTIFICATION_RESULTS.indexOf(result)))
  }

  heartbeat(result: HeartbeatResult): void {
    Atomics.add(this.#words, FIRST_HEARTBEAT + HEARTBEAT_RESULTS.indexOf(result), 1n)
  }

  heartbeats(result: HeartbeatResult): number {
    return Number(Atomics.load(this.#words, FIRST_HEARTBEAT + HEARTBEAT_RESULTS.indexOf(result)))
  }

  /** A reader of the event stream was too slow, and was disconnected. */
  readerDropped(): void {
    Atomics.add(this.#words, READERS, 1n)
  }

  get readersDropped(): number {
    return Number(Atomics.load(this.#words, READERS))
  }
}
