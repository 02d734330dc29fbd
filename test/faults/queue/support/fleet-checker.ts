/**
 * Looks at what happened to tickets afterwards, and finds what must not have happened.
 *
 * | rule             | what must not be                                                                          |
 * |------------------|-------------------------------------------------------------------------------------------|
 * | `lost`           | a ticket that the store had confirmed to keep, and knows nothing of                       |
 * | `not_offered`    | a ticket in the store that no instance has offered                                        |
 * | `never_run`      | a settled ticket that no instance ran, unless it had expired                              |
 * | `settled_twice`  | two final settlements of a ticket that were accepted                                      |
 * | `not_settled`    | a ticket that is settled in the store, without a settlement that can have been accepted   |
 * | `settled_open`   | a ticket whose final settlement was accepted, and which is not settled in the store       |
 * | `two_holders`    | a run that begins while another instance runs the ticket                                  |
 * | `run_again`      | a run that begins after the final settlement of its ticket was accepted                   |
 * | `unanswered`     | an offer or a settlement of an instance that was not killed, without its one answer       |
 * | `ledger_open`    | a ledger that does not balance                                                            |
 * | `ledger_differs` | a ledger whose `handedOver` is not the number of its instance's confirmed offers          |
 *
 * A killed instance may not have lived to hear an answer, so a ticket may be in the store, or be settled, by a request whose
 * answer is missing. A freeze excuses `two_holders` and `run_again` when it falls within a run, or between the moment at which the thread
 * looks whether it may call the method and the first statement of the method: no program can notice that in time.
 * The rules suppose that no ticket has overlap `wait`.
 */
import { openLedgers } from '../../support/checker.js'
import { groupBy } from '../../support/group-by.js'
import type { Nanos } from '../../support/history.js'
import { frozenUntil } from '../../support/runs.js'
import { type FleetHistory, isFinal, type TicketEntry } from './fleet-history.js'
import { type TicketRun, ticketRunsOf } from './ticket-runs.js'

export interface FleetViolation {
  readonly rule: string
  readonly detail: string
}

export function fleetViolations(history: FleetHistory): FleetViolation[] {
  const runs = ticketRunsOf(history)
  return [
    ...lost(history),
    ...notOffered(history),
    ...neverRun(history, runs),
    ...wronglySettled(history),
    ...twoHolders(history, runs),
    ...runAgain(history, runs),
    ...unanswered(history),
    ...openLedgers(history),
    ...differingLedgers(history),
  ]
}

function lost({ entries, stored }: FleetHistory): FleetViolation[] {
  const known = new Set(stored.map(({ id }) => id))
  return entries.flatMap((entry) =>
    isKept(entry) && !known.has(entry.id) ? violation('lost', `${entry.id}, kept for ${entry.instance}`) : [],
  )
}

function notOffered({ entries, stored }: FleetHistory): FleetViolation[] {
  const offered = new Set(entries.filter(({ kind }) => kind === 'offer').map(({ id }) => id))
  return stored.flatMap(({ id }) => (offered.has(id) ? [] : violation('not_offered', id)))
}

function neverRun({ entries, stored }: FleetHistory, runs: readonly TicketRun[]): FleetViolation[] {
  const ran = new Set(runs.map(({ id }) => id))
  const expired = new Set(
    entries.filter((entry) => isAccepted(entry) && entry.settlement === 'expired').map(({ id }) => id),
  )
  return stored.flatMap(({ id, state }) =>
    state !== 'settled' || ran.has(id) || expired.has(id) ? [] : violation('never_run', id),
  )
}

function wronglySettled({ entries, stored }: FleetHistory): FleetViolation[] {
  const accepted = groupBy(entries.filter(isAccepted), ({ id }) => id)
  const answers = new Map(entries.filter(isSettled).map((entry) => [requestOf(entry), entry.answer]))
  const possible = new Set(
    entries.flatMap((entry) => {
      if (entry.kind !== 'settle' || !isFinal(entry)) return []
      const answer = answers.get(requestOf(entry)) ?? 'unknown'
      return answer === 'refused' ? [] : entry.id
    }),
  )
  const twice = [...accepted].flatMap(([id, settlements]) =>
    settlements.length < 2 ? [] : violation('settled_twice', `${id} by ${namesOf(settlements)}`),
  )
  const wrong = stored.flatMap(({ id, state }) => {
    if (state === 'settled') return possible.has(id) ? [] : violation('not_settled', id)
    const settlements = accepted.get(id)
    return settlements ? violation('settled_open', `${id} is ${state} after ${namesOf(settlements)} settled it`) : []
  })
  return [...twice, ...wrong]
}

function twoHolders(history: FleetHistory, runs: readonly TicketRun[]): FleetViolation[] {
  return [...groupBy(runs, ({ id }) => id).values()].flatMap((ofOne) =>
    ofOne.flatMap((later, index) =>
      ofOne.slice(0, index).flatMap((earlier) => {
        const isOver = earlier.end !== undefined && earlier.end <= later.begin
        if (isOver || wasFrozen(history, earlier.instance, earlier.begin, later.begin)) return []
        if (wasFrozen(history, later.instance, later.looked, later.begin)) return []
        return violation('two_holders', `${later.id} began on ${later.instance} while it ran on ${earlier.instance}`)
      }),
    ),
  )
}

function runAgain(history: FleetHistory, runs: readonly TicketRun[]): FleetViolation[] {
  const settledAt = new Map(history.entries.filter(isAccepted).map(({ id, at }) => [id, at]))
  return runs.flatMap(({ id, instance, looked, begin }) => {
    const at = settledAt.get(id)
    if (at === undefined || begin <= at || wasFrozen(history, instance, looked, begin)) return []
    return violation('run_again', `${id} on ${instance}, ${Number(begin - at) / 1e6} ms after it was settled`)
  })
}

function unanswered({ entries, processes }: FleetHistory): FleetViolation[] {
  const killed = new Set(processes.filter(({ kind }) => kind === 'killed').map(({ instance }) => instance))
  const open = new Map<string, number>()
  for (const entry of entries) {
    if (entry.kind === 'begin' || entry.kind === 'end' || killed.has(entry.instance)) continue
    const isRequest = entry.kind === 'offer' || entry.kind === 'settle'
    const request = requestOf(entry)
    open.set(request, (open.get(request) ?? 0) + (isRequest ? 1 : -1))
  }
  return [...open].flatMap(([request, count]) =>
    count === 0 ? [] : violation('unanswered', `${request}: ${count} more requests than answers`),
  )
}

function differingLedgers({ entries, ledgers }: FleetHistory): FleetViolation[] {
  const kept = groupBy(entries.filter(isKept), ({ instance, id }) => `${instance} ${id.slice(0, id.indexOf('@'))}`)
  return ledgers.flatMap(({ instance, entrypoint, handedOver }) => {
    const confirmed = kept.get(`${instance} ${entrypoint}`)?.length ?? 0
    if (confirmed === handedOver) return []
    return violation(
      'ledger_differs',
      `${entrypoint} on ${instance}: ${handedOver} handed over, ${confirmed} confirmed`,
    )
  })
}

function wasFrozen({ processes }: FleetHistory, instance: string, from: Nanos, to: Nanos): boolean {
  return frozenUntil({ entries: processes, ledgers: [] }, instance, from, to) !== undefined
}

type Kept = Extract<TicketEntry, { readonly kind: 'offered' }>
type Settled = Extract<TicketEntry, { readonly kind: 'settled' }>

function isKept(entry: TicketEntry): entry is Kept {
  return entry.kind === 'offered' && entry.answer === 'kept'
}

function isSettled(entry: TicketEntry): entry is Settled {
  return entry.kind === 'settled'
}

/** An accepted settlement that nothing follows. */
function isAccepted(entry: TicketEntry): entry is Settled {
  return isSettled(entry) && entry.answer === 'accepted' && isFinal(entry)
}

function requestOf(entry: TicketEntry): string {
  const { instance, id } = entry
  return 'delivery' in entry ? `settlement ${entry.delivery} of ${id} by ${instance}` : `offer of ${id} by ${instance}`
}

function namesOf(settlements: readonly Settled[]): string {
  return settlements.map(({ instance }) => instance).join(' and ')
}

function violation(rule: string, detail: string): FleetViolation[] {
  return [{ rule, detail }]
}
