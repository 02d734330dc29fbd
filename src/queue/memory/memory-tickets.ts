/**
 * The tickets of one service in memory: the states of {@link file://../run-queue.ts} as a data structure without time of its own.
 *
 *   M1. A ticket has one record from its offer until `retain` after its settlement (R1).
 *   M2. Only a record that is `active` has a token, and only this token settles or renews it, while its lock lasts (R2, R3).
 *   M3. The lane of a ticket that is not `overlap: 'allow'` names it until it is settled; `next` exists only while it does (R4).
 *   M4. `waiting` holds each ticket that can be taken once, in the order in which they are handed out.
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
  failures: number
  deliveries: number
  /** How many holders were lost, in all and at the last failure. */
  lost: number
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

  /** The oldest ticket that waits, made active. */
  take(token: string, lockedUntil: Micros): TicketRecord | undefined {
    const id = this.#waiting.shift()
    if (id === undefined) return undefined
    const record = this.#records.get(id)!
    record.state = { name: 'active', token, lockedUntil }
    record.deliveries++
    return record
  }

  /** The record that this token holds at a moment. */
  heldBy(id: TicketId, token: string, now: Micros): TicketRecord | undefined {
    const record = this.#records.get(id)
    const { state } = record ?? {}
    return state?.name === 'active' && state.token === token && now < state.lockedUntil ? record : undefined
  }

  /** Ready to be taken again: before the others, or after them. */
  wait(record: TicketRecord, place: 'first' | 'last'): void {
    record.state = { name: 'waiting' }
    if (place === 'first') this.#waiting.unshift(record.ticket.id)
    else this.#waiting.push(record.ticket.id)
  }

  delay(record: TicketRecord, until: Micros): void {
    record.state = { name: 'delayed', until }
  }

  /** Ends a record; what was noted as the next of its lane takes its place. */
  settle(record: TicketRecord, at: Micros): void {
    const { ticket } = record
    record.state = { name: 'settled', at }
    const lane = this.#lanes.get(ticket.lane)
    if (lane?.current !== ticket.id) return
    this.#lanes.delete(ticket.lane)
    if (lane.next && !this.#records.has(lane.next.id)) this.#add(lane.next)
  }

  /** Makes what is due ready. Returns when the next delayed ticket is due. */
  promote(now: Micros): Micros {
    let next = Number.POSITIVE_INFINITY
    for (const record of this.#records.values()) {
      if (record.state.name !== 'delayed') continue
      if (record.state.until <= now) this.wait(record, 'last')
      else next = Math.min(next, record.state.until)
    }
    return next
  }

  /** Those whose lock has lapsed. */
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
