/** Where all the tickets of a deployment are: `handed over = settled + waiting + active + delayed`. */
import type { FleetHistory } from './fleet-history.js'
import { ticketRunsOf } from './ticket-runs.js'

export interface FleetSum {
  /** Tickets that the store had confirmed to keep. */
  readonly handedOver: number
  /** Tickets that the store has although nobody heard it confirm: their offers were unanswered. */
  readonly unconfirmed: number
  readonly settled: number
  readonly waiting: number
  readonly active: number
  readonly delayed: number
  readonly runs: number
  /** Tickets with a run whose settlement was not accepted, and with another run. */
  readonly redelivered: number
  /** Settlements that the store refused. */
  readonly refused: number
}

export function fleetSum(history: FleetHistory): FleetSum {
  const { entries, stored } = history
  const confirmed = new Set(
    entries.flatMap((entry) => (entry.kind === 'offered' && entry.answer === 'kept' ? entry.id : [])),
  )
  const inState = (wanted: string) => stored.filter(({ state }) => state === wanted).length
  const runs = ticketRunsOf(history)
  const given = new Set(
    entries.flatMap((entry) =>
      entry.kind === 'settled' && entry.answer === 'accepted' ? `${entry.id} ${entry.delivery}` : [],
    ),
  )
  const broken = new Set(runs.filter(({ id, delivery }) => !given.has(`${id} ${delivery}`)).map(({ id }) => id))
  const deliveries = new Map<string, number>()
  for (const { id } of runs) deliveries.set(id, (deliveries.get(id) ?? 0) + 1)
  return {
    handedOver: confirmed.size,
    unconfirmed: stored.filter(({ id }) => !confirmed.has(id)).length,
    settled: inState('settled'),
    waiting: inState('waiting'),
    active: inState('active'),
    delayed: inState('delayed'),
    runs: runs.length,
    redelivered: [...broken].filter((id) => deliveries.get(id)! > 1).length,
    refused: entries.filter((entry) => entry.kind === 'settled' && entry.answer === 'refused').length,
  }
}
