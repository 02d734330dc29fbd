/**
 * The messages between the main thread and the queue thread. Small plain data: the main thread neither writes nor reads JSON. Those of
 * one turn travel together, in an array.
 */
import type { Offered, QueueDepth, Settled, Settlement, Ticket, TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import type { DiscardedTicket, TakenTicket, TicketLock } from '../run-queue.js'

/** What a new queue thread is given. */
export interface QueueSetup {
  readonly url: string
  readonly namespace: string
  readonly lock: Micros
  readonly retain: Micros
  readonly services: readonly string[]
  /** See {@link file://../validity.ts}. */
  readonly validity: SharedArrayBuffer
}

/** A ticket that this instance holds, in its slot of the validity. */
export interface HeldLock {
  readonly slot: number
  readonly lock: TicketLock
}

export type ToQueue =
  | { readonly kind: 'offer'; readonly call: number; readonly ticket: Ticket; readonly giveUpAt: Micros }
  | { readonly kind: 'settle'; readonly call: number; readonly held: HeldLock; readonly settlement: Settlement }
  /** `seen`: how many tickets of the service the main thread has been told of by this queue thread. */
  | { readonly kind: 'room'; readonly service: string; readonly room: number; readonly seen: number }
  /** What an earlier queue thread held. The first message to a new one. */
  | { readonly kind: 'hold'; readonly held: readonly HeldLock[] }
  | { readonly kind: 'missing'; readonly call: number; readonly service: string; readonly ids: readonly TicketId[] }
  | { readonly kind: 'close'; readonly within: Micros }

export type FromQueue =
  | { readonly kind: 'opened' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'offered'; readonly call: number; readonly answer: Offered | { readonly kind: 'unknown' } }
  | { readonly kind: 'settled'; readonly call: number; readonly settled: Settled }
  | { readonly kind: 'taken'; readonly slot: number; readonly taken: TakenTicket }
  | { readonly kind: 'missing'; readonly call: number; readonly ids: readonly TicketId[] }
  | { readonly kind: 'not_asked'; readonly call: number; readonly message: string }
  | { readonly kind: 'depth'; readonly service: string; readonly depth: QueueDepth }
  | { readonly kind: 'discarded'; readonly discarded: DiscardedTicket }
  | { readonly kind: 'trouble'; readonly trouble: readonly string[] }
  | { readonly kind: 'closed' }
