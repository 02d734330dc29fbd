/** What happened to the tickets of a deployment, as instances and the store tell it. All moments are on the machine's one clock. */
import type { LedgerReading, Nanos, ProcessEntry } from '../../support/history.js'

interface AboutTicket {
  readonly instance: string
  readonly id: string
  readonly at: Nanos
}

/** An instance asks the store to keep a ticket. */
export interface OfferEntry extends AboutTicket {
  readonly kind: 'offer'
}

export interface OfferedEntry extends AboutTicket {
  readonly kind: 'offered'
  readonly answer: 'kept' | 'next' | 'running' | 'unknown'
}

/** The first statement of a method that runs a ticket. */
export interface TicketBeginEntry extends AboutTicket {
  readonly kind: 'begin'
  /** 1 for the first hand-out. */
  readonly delivery: number
  /** The thread had not yet looked at this moment whether it may call the method. */
  readonly looked: Nanos
}

export interface TicketEndEntry extends AboutTicket {
  readonly kind: 'end'
  readonly delivery: number
}

export type SettlementWord = 'completed' | 'failed' | 'expired' | 'returned' | 'retry'

/** An instance tells the store what became of a ticket. */
export interface SettleEntry extends AboutTicket {
  readonly kind: 'settle'
  readonly delivery: number
  readonly settlement: SettlementWord
}

export interface SettledEntry extends AboutTicket {
  readonly kind: 'settled'
  readonly delivery: number
  readonly settlement: SettlementWord
  readonly answer: 'accepted' | 'refused' | 'unknown'
}

export type TicketEntry = OfferEntry | OfferedEntry | TicketBeginEntry | TicketEndEntry | SettleEntry | SettledEntry

/** A ticket as the store has it. */
export interface StoredTicket {
  readonly id: string
  readonly state: 'waiting' | 'active' | 'delayed' | 'settled'
}

export interface FleetHistory {
  /** In any order. */
  readonly entries: readonly TicketEntry[]
  /** All that the store knows at the end. */
  readonly stored: readonly StoredTicket[]
  /** Of the instances that were there at the end, read when nothing was offered any more. */
  readonly ledgers: readonly LedgerReading[]
  readonly processes: readonly ProcessEntry[]
}

/** Whether nothing follows a settlement. */
export function isFinal({ settlement }: Pick<SettleEntry, 'settlement'>): boolean {
  return settlement !== 'returned' && settlement !== 'retry'
}
