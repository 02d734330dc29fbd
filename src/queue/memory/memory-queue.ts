/** Keeps tickets in the memory of this thread, for tests and examples with one process. They are lost when the thread ends. */
import { randomUUID } from 'node:crypto'
import { backoffDelay } from '../../kernel/backoff.js'
import type { Offered, QueueDepth, Settlement, Ticket, TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import { abandoned, mayBeHandedOutAgain } from '../lost-holders.js'
import {
  isLastSettlement,
  type Renewal,
  type RunQueue,
  type RunQueueOptions,
  type SettledAndTaken,
  type TakenTicket,
  type TicketLock,
} from '../run-queue.js'
import { MemoryTickets, type TicketRecord } from './memory-tickets.js'

type MemoryQueueOptions = Pick<RunQueueOptions, 'lock' | 'retain' | 'clock' | 'onDiscarded'>

/** How long a take waits for a ticket. */
const TAKE_WITHIN: Micros = 5_000_000

/** What the queues of one namespace share: the tickets, and the takes that wait for one. */
export class MemoryStore {
  readonly #services = new Map<string, MemoryTickets>()
  readonly #wakers = new Set<() => void>()

  ticketsOf(service: string): MemoryTickets {
    let tickets = this.#services.get(service)
    if (!tickets) {
      tickets = new MemoryTickets()
      this.#services.set(service, tickets)
    }
    return tickets
  }

  wake(): void {
    for (const wake of [...this.#wakers]) wake()
  }

  addWaker(wake: () => void): () => void {
    this.#wakers.add(wake)
    return () => void this.#wakers.delete(wake)
  }
}

const STORES = new Map<string, MemoryStore>()

/** The store of a namespace: all queues on this thread that are opened with the namespace share it. */
export function sharedStore(namespace: string): MemoryStore {
  let store = STORES.get(namespace)
  if (!store) {
    store = new MemoryStore()
    STORES.set(namespace, store)
  }
  return store
}

export class MemoryQueue implements RunQueue {
  readonly #options: MemoryQueueOptions
  readonly #store: MemoryStore

  constructor(options: MemoryQueueOptions, store: MemoryStore) {
    this.#options = options
    this.#store = store
  }

  async offer(ticket: Ticket): Promise<Offered> {
    const offered = this.#tickets(ticket.service).offer(ticket)
    this.#store.wake()
    return offered
  }

  async take(service: string, signal: AbortSignal): Promise<TakenTicket | undefined> {
    const giveUpAt = this.#now() + TAKE_WITHIN
    while (!signal.aborted && this.#now() < giveUpAt) {
      const next = this.#tickets(service).promote(this.#now())
      const taken = this.#takeNow(service)
      if (taken) return taken
      await this.#wait(Math.min(next, giveUpAt) - this.#now(), signal)
    }
    return undefined
  }

  async renew(service: string, locks: readonly TicketLock[]): Promise<Renewal> {
    const heldUntil = this.#now() + this.#options.lock
    const lost = new Set<string>()
    for (const { id, token } of locks) {
      const record = this.#tickets(service).heldBy(id, token, this.#now())
      if (record) record.state = { name: 'active', token, lockedUntil: heldUntil }
      else lost.add(token)
    }
    return { heldUntil, lost }
  }

  async settle({ service, id, token }: TicketLock, settlement: Settlement): Promise<'accepted' | 'refused'> {
    const tickets = this.#tickets(service)
    const record = tickets.heldBy(id, token, this.#now())
    if (!record) return tickets.find(id)?.settledBy.has(token) ? 'accepted' : 'refused'
    record.settledBy.add(token)
    if (settlement.kind === 'returned') tickets.wait(record, 'first')
    else if (settlement.kind === 'failed' && settlement.retry && record.failures + 1 < record.ticket.attempts) {
      this.#retryLater(tickets, record)
    } else this.#end(tickets, record)
    this.#store.wake()
    return 'accepted'
  }

  async settleAndTake(lock: TicketLock, settlement: Settlement): Promise<SettledAndTaken> {
    const { service, id, token } = lock
    const isHeld = this.#tickets(service).heldBy(id, token, this.#now()) !== undefined
    const settled = await this.settle(lock, settlement)
    const next = isHeld && isLastSettlement(settlement) ? this.#takeNow(service) : undefined
    return { settled, next }
  }

  async recover(service: string): Promise<void> {
    const tickets = this.#tickets(service)
    for (const record of tickets.lapsed(this.#now())) {
      record.lost++
      const { ticket, lost } = record
      if (mayBeHandedOutAgain(ticket, lost)) {
        tickets.wait(record, 'first')
        continue
      }
      this.#end(tickets, record)
      this.#options.onDiscarded(abandoned(ticket, lost))
    }
    this.#store.wake()
  }

  async depth(service: string): Promise<QueueDepth> {
    this.#tickets(service).promote(this.#now())
    return this.#tickets(service).depth()
  }

  async missing(service: string, ids: readonly TicketId[]): Promise<readonly TicketId[]> {
    return ids.filter((id) => !this.#tickets(service).find(id))
  }

  async check(): Promise<readonly string[]> {
    return []
  }

  async close(): Promise<void> {}

  #takeNow(service: string): TakenTicket | undefined {
    const token = randomUUID()
    const heldUntil = this.#now() + this.#options.lock
    const record = this.#tickets(service).take(token, heldUntil)
    if (!record) return undefined
    const { ticket, failures, deliveries, lost, lostBeforeRetry } = record
    return {
      service,
      id: ticket.id,
      token,
      ticket,
      attempt: failures + 1,
      delivery: deliveries,
      redelivered: lost > lostBeforeRetry,
      heldUntil,
    }
  }

  #retryLater(tickets: MemoryTickets, record: TicketRecord): void {
    record.failures++
    record.lostBeforeRetry = record.lost
    tickets.delay(record, this.#now() + backoffDelay(record.ticket.backoff, record.failures))
  }

  #end(tickets: MemoryTickets, record: TicketRecord): void {
    tickets.settle(record, this.#now())
    tickets.forgetSettledBefore(this.#now() - this.#options.retain)
  }

  #wait(span: Micros, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        remove()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#options.clock.after(Math.max(0, span), end)
      const remove = this.#store.addWaker(end)
      signal.addEventListener('abort', end, { once: true })
    })
  }

  #tickets(service: string): MemoryTickets {
    return this.#store.ticketsOf(service)
  }

  #now(): Micros {
    return this.#options.clock.now()
  }
}
