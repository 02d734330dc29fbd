/**
 * The calls that were sent to one thread and that it has not read yet. A thread reads calls in the order in which they were
 * sent and counts them in shared memory, so a call that its caller has given up is still known to be unread.
 */
import type { CallMessage } from '../kernel/link-protocol.js'
import type { Micros } from '../kernel/time.js'
import { type Awaited, callLimit } from './hang-watch.js'
import type { ThreadBlock } from './thread-block.js'

interface UnreadCall extends Awaited {
  readonly id: number
  isGivenUp: boolean
}

export class UnreadCalls {
  readonly #block: Pick<ThreadBlock, 'callsRead'>
  /** Oldest first. */
  readonly #calls: UnreadCall[] = []
  /** How many of {@link #calls} are given up. */
  #givenUp = 0
  /** How many were sent before the first of {@link #calls}. */
  #before = 0

  constructor(block: Pick<ThreadBlock, 'callsRead'>) {
    this.#block = block
  }

  /** A call is about to be sent, which the thread must read within its limit when it has nothing else to do. */
  sent({ id, call }: CallMessage, now: Micros): Awaited {
    this.#forgetRead()
    const limit = callLimit(now, call.deadline)
    const unread = { id, entrypoint: `${call.service}.${call.method}`, since: now, limit, isGivenUp: false }
    this.#calls.push(unread)
    return unread
  }

  /** The caller does not wait any more. True when the thread has not read the call. */
  giveUp(id: number): boolean {
    this.#forgetRead()
    const call = this.#calls.find((one) => one.id === id)
    if (call && !call.isGivenUp) {
      call.isGivenUp = true
      this.#givenUp++
    }
    return call !== undefined
  }

  /** Whether given up or not, the thread is to read them. */
  get awaited(): readonly Awaited[] {
    this.#forgetRead()
    return this.#calls
  }

  /** How many of them have callers that wait. */
  get wanted(): number {
    this.#forgetRead()
    return this.#calls.length - this.#givenUp
  }

  #forgetRead(): void {
    const read = (this.#block.callsRead - this.#before) | 0
    if (read <= 0) return
    for (const { isGivenUp } of this.#calls.splice(0, read)) if (isGivenUp) this.#givenUp--
    this.#before = (this.#before + read) | 0
  }
}
