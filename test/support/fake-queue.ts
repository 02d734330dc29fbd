/**
 * A queue on a virtual clock whose store the test can break. It does what the queue thread and a store do together: overlap by lane,
 * attempts, locks that lapse, and tickets that are handed out again.
 */
import type { OfferAnswer, TicketQueue } from '../../src/dispatch/ticket-queue.js'
import type { HeldTicket, Settled, Settlement, Ticket, TicketId } from '../../src/kernel/ticket.js'
import type { Micros, Millis } from '../../src/kernel/time.js'
import type { VirtualClock } from '../../src/testing/virtual-clock.js'

interface StoredTicket {
  readonly ticket: Ticket
  state: 'next' | 'waiting' | 'delayed' | 'active' | 'ended'
  attempt: number
  delivery: number
  wasLost: boolean
  lockedUntil: Micros
  key: number | undefined
}

export interface FakeQueueOptions {
  readonly clock: VirtualClock
  /** How long a lock lasts without a renewal. */
  readonly lock: Micros
}

/** Of the time after the last renewal, how much the holder trusts. */
const SAFETY = 0.99

export class FakeQueue implements TicketQueue {
  /** What the store does with requests: answers, answers nothing, or takes them and loses the answer. */
  store: 'up' | 'down' | 'mute' = 'up'
  /** Locks are renewed. */
  renews = true
  readonly settlements: { readonly key: number; readonly settlement: Settlement; readonly settled: Settled }[] = []
  readonly taken: HeldTicket[] = []
  readonly #options: FakeQueueOptions
  readonly #tickets = new Map<TicketId, StoredTicket>()
  readonly #validUntil = new Map<number, Micros>()
  #keys = 0

  constructor(options: FakeQueueOptions) {
    this.#options = options
  }

  /** A queue of another instance over the same store. */
  offer(ticket: Ticket, giveUpAt: Micros, done: (answer: OfferAnswer) => void): void {
    const { clock } = this.#options
    const attempt = () => {
      const answer = this.store === 'down' ? undefined : this.#keep(ticket)
      if (answer && this.store === 'up') done(answer)
      else if (clock.now() >= giveUpAt) done({ kind: 'unknown' })
      else clock.after(Math.min(10_000, Math.max(1, giveUpAt - clock.now())), attempt)
    }
    clock.after(1_000, attempt)
  }

  settle(held: HeldTicket, settlement: Settlement, done: (settled: Settled) => void): void {
    const settled = this.#settle(held, settlement)
    this.settlements.push({ key: held.key, settlement, settled })
    this.#options.clock.after(1_000, () => done(settled))
  }

  validUntil({ key }: HeldTicket): Micros {
    return this.#validUntil.get(key)!
  }

  /** Lets another instance have a ticket, as a store does that has lost its lock. */
  giveAway({ key, ticket }: HeldTicket): void {
    this.#validUntil.set(key, 0)
    this.#tickets.get(ticket.id)!.key = undefined
  }

  /** Takes the oldest ticket that waits; undefined when none does. */
  take(): HeldTicket | undefined {
    const { clock, lock } = this.#options
    const stored = [...this.#tickets.values()].find(({ state }) => state === 'waiting')
    if (!stored) return undefined
    stored.state = 'active'
    stored.delivery++
    stored.key = ++this.#keys
    stored.lockedUntil = clock.now() + lock
    this.#validUntil.set(stored.key, clock.now() + Math.floor(lock * SAFETY))
    const { ticket, attempt, delivery, key, wasLost } = stored
    const held = { key, ticket, attempt, delivery, redelivered: wasLost }
    this.taken.push(held)
    return held
  }

  /** Renews the locks, and hands out again what nobody renews. Call it often. */
  tend(): void {
    const { clock, lock } = this.#options
    const now = clock.now()
    for (const stored of this.#tickets.values()) {
      if (stored.state !== 'active') continue
      if (this.renews && this.store === 'up' && now < stored.lockedUntil) {
        stored.lockedUntil = now + lock
        this.#validUntil.set(stored.key!, now + Math.floor(lock * SAFETY))
      } else if (now >= stored.lockedUntil) {
        stored.wasLost = true
        stored.key = undefined
        if (stored.ticket.atMostOnce) this.#end(stored)
        else stored.state = 'waiting'
      }
    }
  }

  /** Whether the lock of a ticket that was handed out for the `delivery`-th time lasts at this moment. */
  isLocked(dueAt: Millis, delivery: number): boolean {
    const now = this.#options.clock.now()
    return [...this.#tickets.values()].some(
      (stored) =>
        stored.ticket.dueAt === dueAt &&
        stored.delivery === delivery &&
        stored.state === 'active' &&
        now < stored.lockedUntil,
    )
  }

  count(...states: StoredTicket['state'][]): number {
    return [...this.#tickets.values()].filter(({ state }) => states.includes(state)).length
  }

  #keep(ticket: Ticket): OfferAnswer {
    if (this.#tickets.has(ticket.id)) return { kind: 'kept' }
    const open = this.#openOf(ticket.lane)
    if (open && ticket.overlap === 'skip') return { kind: 'running', holder: open.ticket.id }
    const state = open && ticket.overlap === 'wait' ? 'next' : 'waiting'
    if (state === 'next') {
      const older = [...this.#tickets.values()].find(
        (other) => other.state === 'next' && other.ticket.lane === ticket.lane,
      )
      if (older) this.#tickets.delete(older.ticket.id)
    }
    const lock = { lockedUntil: 0, key: undefined, wasLost: false }
    this.#tickets.set(ticket.id, { ticket, state, attempt: 1, delivery: 0, ...lock })
    return state === 'next' ? { kind: 'next', holder: open!.ticket.id } : { kind: 'kept' }
  }

  #openOf(lane: string): StoredTicket | undefined {
    return [...this.#tickets.values()].find(
      ({ ticket, state }) => ticket.lane === lane && state !== 'ended' && state !== 'next',
    )
  }

  #settle({ key, ticket }: HeldTicket, settlement: Settlement): Settled {
    const { clock } = this.#options
    const stored = this.#tickets.get(ticket.id)!
    if (stored.key !== key || clock.now() >= stored.lockedUntil) return 'refused'
    stored.key = undefined
    stored.wasLost = false
    if (settlement.kind === 'returned') stored.state = 'waiting'
    else if (settlement.kind === 'failed' && settlement.retry) {
      stored.attempt++
      stored.state = 'delayed'
      clock.after(ticket.backoff.initial, () => {
        if (stored.state === 'delayed') stored.state = 'waiting'
      })
    } else this.#end(stored)
    return 'accepted'
  }

  #end(stored: StoredTicket): void {
    stored.state = 'ended'
    for (const other of this.#tickets.values()) {
      if (other.state === 'next' && other.ticket.lane === stored.ticket.lane) other.state = 'waiting'
    }
  }
}
