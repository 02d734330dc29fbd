/**
 * The queue of a harness: keeps tickets in memory, and hands them out by the virtual clock. It has the rules of the real one (overlap
 * by lane, attempts, backoff, numbers of deliveries) and one taker, which never loses a lock.
 */

import type { OfferAnswer } from '../dispatch/ticket-queue.js'
import { backoffDelay } from '../kernel/backoff.js'
import type { Clock } from '../kernel/clock.js'
import type { HeldTicket, QueueDepth, Settled, Settlement, Ticket, TicketId } from '../kernel/ticket.js'
import type { Micros } from '../kernel/time.js'
import type { TicketClient, TicketClientOptions } from '../supervise/queue/ticket-client.js'

type TicketState = 'next' | 'waiting' | 'delayed' | 'active'

interface StoredTicket {
  readonly ticket: Ticket
  state: TicketState
  attempt: number
  delivery: number
}

export class HarnessQueue implements TicketClient {
  readonly trouble: readonly string[] = []
  readonly #clock: Clock
  readonly #options: TicketClientOptions
  /** Those that have not ended, in the order in which they were offered. */
  readonly #tickets = new Map<TicketId, StoredTicket>()
  readonly #ended = new Set<TicketId>()
  readonly #room = new Map<string, number>()
  #keys = 0
  #isHandingOut = false

  constructor(clock: Clock, options: TicketClientOptions) {
    this.#clock = clock
    this.#options = options
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  offer(ticket: Ticket, _giveUpAt: Micros, done: (answer: OfferAnswer) => void): void {
    this.#soon(() => {
      done(this.#keep(ticket))
      this.#handOut()
    })
  }

  settle({ ticket }: HeldTicket, settlement: Settlement, done: (settled: Settled) => void): void {
    const stored = this.#tickets.get(ticket.id)!
    this.#soon(() => {
      this.#settle(stored, settlement)
      done('accepted')
      this.#handOut()
    })
  }

  validUntil(): Micros {
    return Number.POSITIVE_INFINITY
  }

  setRoom(service: string, room: number): void {
    this.#room.set(service, room)
    if (room > 0) this.#soon(() => this.#handOut())
  }

  depths(): ReadonlyMap<string, QueueDepth> {
    return new Map(this.#options.services.map((service) => [service, this.#depthOf(service)]))
  }

  async missing(_service: string, ids: readonly TicketId[]): Promise<readonly TicketId[]> {
    return ids.filter((id) => !this.#tickets.has(id) && !this.#ended.has(id))
  }

  #soon(action: () => void): void {
    this.#clock.after(0, action)
  }

  /** `setRoom` is called while a ticket is handed out. */
  #handOut(): void {
    if (this.#isHandingOut) return
    this.#isHandingOut = true
    for (const stored of this.#tickets.values()) {
      const { ticket, attempt } = stored
      if (stored.state !== 'waiting' || (this.#room.get(ticket.service) ?? 0) <= 0) continue
      stored.state = 'active'
      stored.delivery++
      this.#options.onTaken({ key: ++this.#keys, ticket, attempt, delivery: stored.delivery, redelivered: false })
    }
    this.#isHandingOut = false
  }

  #keep(ticket: Ticket): OfferAnswer {
    if (this.#tickets.has(ticket.id) || this.#ended.has(ticket.id)) return { kind: 'kept' }
    const others = [...this.#tickets.values()].filter(({ ticket: { lane } }) => lane === ticket.lane)
    const holder = others.find(({ state }) => state !== 'next')
    if (!holder || ticket.overlap === 'allow') {
      this.#tickets.set(ticket.id, { ticket, state: 'waiting', attempt: 1, delivery: 0 })
      return { kind: 'kept' }
    }
    if (ticket.overlap === 'skip') return { kind: 'running', holder: holder.ticket.id }
    for (const other of others) if (other.state === 'next') this.#tickets.delete(other.ticket.id)
    this.#tickets.set(ticket.id, { ticket, state: 'next', attempt: 1, delivery: 0 })
    return { kind: 'next', holder: holder.ticket.id }
  }

  #settle(stored: StoredTicket, settlement: Settlement): void {
    const { ticket } = stored
    if (settlement.kind === 'returned') stored.state = 'waiting'
    else if (settlement.kind === 'failed' && settlement.retry) {
      stored.state = 'delayed'
      const delay = backoffDelay(ticket.backoff, stored.attempt++)
      this.#clock.after(delay, () => {
        stored.state = 'waiting'
        this.#handOut()
      })
    } else {
      this.#tickets.delete(ticket.id)
      this.#ended.add(ticket.id)
      for (const other of this.#tickets.values()) {
        if (other.state === 'next' && other.ticket.lane === ticket.lane) other.state = 'waiting'
      }
    }
  }

  #depthOf(service: string): QueueDepth {
    const count = (wanted: TicketState) =>
      [...this.#tickets.values()].filter(({ ticket, state }) => ticket.service === service && state === wanted).length
    const oldest = [...this.#tickets.values()].find(
      ({ ticket, state }) => ticket.service === service && state === 'waiting',
    )
    return {
      waiting: count('waiting'),
      active: count('active'),
      delayed: count('delayed'),
      oldestDueAt: oldest?.ticket.dueAt,
    }
  }
}
