/**
 * The tickets of one service in memory, in the states of {@link file://../run-queue.ts}. A plain data structure: it reads no clock.
 *
 *   M1. A ticket has one record, from its offer until `retain` after its settlement (R1).
 *   M2. Only an `active` record has a token. Only this token can settle or renew it, and only while its lock lasts (R2, R3).
 *   M3. A lane of overlap `skip` or `wait` exists from the offer of its `current` ticket until that ticket is settled; with `wait` it can
 *       have a `next` ticket meanwhile (R4).
 *   M4. `#waiting` has the id of each ticket that can be taken exactly once, in the order in which the tickets are handed out.
 */
import type { Offered, QueueDepth, Ticket, TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'

export type RecordState =
  | { readonly name: 'waiting' }
  | { readonly name: 'active'; readonly token: string; readonly lockedUntil: Micros }
  | { readonly name: 'delayed'; readonly until: Micros }
  | { readonly name: 'settled'; readonly at: Micros }

export interface TicketRecord {
  readonly ticket: Ticket
  state: RecordState
  /** How many attempts have failed. */
  failures: number
  /** How often the ticket was handed out. */
  deliveries: number
  /** How many holders were lost in all. */
  lost: number
  /** How many holders had been lost at the last failure. */
  lostBeforeRetry: number
  /** Tokens of the holders whose settlements were accepted. */
  readonly settledBy: Set<string>
}

interface Lane {
  current: TicketId
  next: Ticket | undefined
}

export class MemoryTickets {
  readonly #records = new Map<TicketId, TicketRecord>()
  readonly #lanes = new Map<string, Lane>()
  readonly #waiting: TicketId[] = []

  find(id: TicketId): TicketRecord | undefined {
    return this.#records.get(id)
  }

  offer(ticket: Ticket): Offered {
    if (this.#records.has(ticket.id)) return { kind: 'kept' }
    const lane = ticket.overlap === 'allow' ? undefined : this.#lanes.get(ticket.lane)
    if (!lane) {
      this.#add(ticket)
      return { kind: 'kept' }
    }
    const holder = lane.current
    if (ticket.overlap !== 'wait' || this.#records.get(holder)?.state.name !== 'active')
      return { kind: 'running', holder }
    lane.next = ticket
    return { kind: 'next', holder }
  }

  /** Makes the first waiting ticket active and returns its record; undefined when none waits. */
  take(token: string, lockedUntil: Micros): TicketRecord | undefined {
    const id = this.#waiting.shift()
    if (id === undefined) return undefined
    const record = this.#records.get(id)!
    record.state = { name: 'active', token, lockedUntil }
    record.deliveries++
    return record
  }

  /** The record of a ticket, if the lock of this token on it still lasts at `now`. */
  heldBy(id: TicketId, token: string, now: Micros): TicketRecord | undefined {
    const record = this.#records.get(id)
    const { state } = record ?? {}
    return state?.name === 'active' && state.token === token && now < state.lockedUntil ? record : undefined
  }

  /** Makes a ticket ready to be taken: before or after the tickets that wait already. */
  wait(record: TicketRecord, place: 'first' | 'last'): void {
    record.state = { name: 'waiting' }
    if (place === 'first') this.#waiting.unshift(record.ticket.id)
    else this.#waiting.push(record.ticket.id)
  }

  delay(record: TicketRecord, until: Micros): void {
    record.state = { name: 'delayed', until }
  }

  /** Settles a ticket. The next ticket of its lane, if there is one, becomes ready to be taken. */
  settle(record: TicketRecord, at: Micros): void {
    const { ticket } = record
    record.state = { name: 'settled', at }
    const lane = this.#lanes.get(ticket.lane)
    if (lane?.current !== ticket.id) return
    this.#lanes.delete(ticket.lane)
    if (lane.next && !this.#records.has(lane.next.id)) this.#add(lane.next)
  }

  /** Makes the delayed tickets ready whose delay is over. Returns when the next delay is over; infinity when there is none. */
  promote(now: Micros): Micros {
    let next = Number.POSITIVE_INFINITY
    for (const record of this.#records.values()) {
      if (record.state.name !== 'delayed') continue
      if (record.state.until <= now) this.wait(record, 'last')
      else next = Math.min(next, record.state.until)
    }
    return next
  }

  /** The active records whose locks have lapsed. */
  lapsed(now: Micros): readonly TicketRecord[] {
    return [...this.#records.values()].filter(({ state }) => state.name === 'active' && state.lockedUntil <= now)
  }

  forgetSettledBefore(at: Micros): void {
    for (const [id, { state }] of this.#records) {
      if (state.name === 'settled' && state.at < at) this.#records.delete(id)
    }
  }

  depth(): QueueDepth {
    const count = (name: RecordState['name']) =>
      [...this.#records.values()].filter(({ state }) => state.name === name).length
    const dueTimes = this.#waiting.map((id) => this.#records.get(id)!.ticket.dueAt)
    return {
      waiting: count('waiting'),
      active: count('active'),
      delayed: count('delayed'),
      oldestDueAt: dueTimes.length > 0 ? Math.min(...dueTimes) : undefined,
    }
  }

  #add(ticket: Ticket): void {
    const record: TicketRecord = {
      ticket,
      state: { name: 'waiting' },
      failures: 0,
      deliveries: 0,
      lost: 0,
      lostBeforeRetry: 0,
      settledBy: new Set(),
    }
    this.#records.set(ticket.id, record)
    if (ticket.overlap !== 'allow') this.#lanes.set(ticket.lane, { current: ticket.id, next: undefined })
    this.#waiting.push(ticket.id)
  }
}
