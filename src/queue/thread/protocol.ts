/**
 * The messages between the main thread and the queue thread. They are small plain objects, so that the main thread neither writes nor
 * reads JSON. The messages of one turn of the event loop are sent together, in an array.
 *
 * `call` is the number of a question of the main thread. The answer has the same number.
 */
import type { Offered, QueueDepth, Settled, Settlement, Ticket, TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import type { DiscardedTicket, TakenTicket, TicketLock } from '../run-queue.js'

/** What a new queue thread is given. `RunQueueOptions` in run-queue.ts explains `url`, `namespace`, `lock` and `retain`. */
export interface QueueSetup {
  readonly url: string
  /** Names the store in messages. */
  readonly place: string
  readonly namespace: string
  readonly lock: Micros
  readonly retain: Micros
  readonly services: readonly string[]
  /** See {@link file://../validity.ts}. */
  readonly validity: SharedArrayBuffer
}

/** The lock of a ticket that this instance holds, and the slot of `Validity` that says until when. */
export interface HeldLock {
  readonly slot: number
  readonly lock: TicketLock
}

export type ToQueue =
  /** `giveUpAt`: on the monotonic clock. */
  | { readonly kind: 'offer'; readonly call: number; readonly ticket: Ticket; readonly giveUpAt: Micros }
  | { readonly kind: 'settle'; readonly call: number; readonly held: HeldLock; readonly settlement: Settlement }
  /**
   * `room`: how many more tickets of the service this instance may take. `seen`: how many `taken` messages of this queue thread the main
   * thread had read when it counted the room.
   */
  | { readonly kind: 'room'; readonly service: string; readonly room: number; readonly seen: number }
  /** The tickets that earlier queue threads took and that are not settled. The first message to a new queue thread. */
  | { readonly kind: 'hold'; readonly held: readonly HeldLock[] }
  /** Which of the tickets does the store not know? */
  | { readonly kind: 'missing'; readonly call: number; readonly service: string; readonly ids: readonly TicketId[] }
  /** `within`: how long the close may wait for settlements without an answer. */
  | { readonly kind: 'close'; readonly within: Micros }

export type FromQueue =
  /** The store has answered, or has not answered for 5 s. */
  | { readonly kind: 'opened' }
  /** The queue cannot be used as it is configured: the code and the message of a ConfigError. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'offered'; readonly call: number; readonly answer: Offered | { readonly kind: 'unknown' } }
  | { readonly kind: 'settled'; readonly call: number; readonly settled: Settled }
  | { readonly kind: 'taken'; readonly slot: number; readonly taken: TakenTicket }
  | { readonly kind: 'missing'; readonly call: number; readonly ids: readonly TicketId[] }
  /** The store did not answer a `missing` question. */
  | { readonly kind: 'not_asked'; readonly call: number; readonly message: string }
  | { readonly kind: 'depth'; readonly service: string; readonly depth: QueueDepth }
  | { readonly kind: 'discarded'; readonly discarded: DiscardedTicket }
  | { readonly kind: 'trouble'; readonly trouble: readonly string[] }
  | { readonly kind: 'closed' }
