/** Counts what happens to tickets, in the row of their timer. */
import { wordOfEach } from '../counters/enum-words.js'
import { TIMER_ROW } from '../counters/row-shapes.js'
import { TICKET_EVENTS, type TicketEvent } from '../kernel/ticket.js'
import type { Timer } from './lane.js'

const EVENTS = wordOfEach(TIMER_ROW.at.tickets, TICKET_EVENTS)

export function countTicket({ row }: Timer, event: TicketEvent): void {
  row.count(EVENTS[event])
}
