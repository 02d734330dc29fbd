/**
 * Looks at what happened afterwards, and finds what must not have happened.
 *
 * | rule             | what must not be                                                                    |
 * |------------------|-------------------------------------------------------------------------------------|
 * | `tick_twice`     | two runs of one tick, anywhere                                                      |
 * | `stale_write`    | a write accepted after one with a higher token had arrived                          |
 * | `token_shared`   | two instances under one token                                                       |
 * | `token_back`     | a run that begins under a lower token than one that began before                    |
 * | `leaders_overlap`| runs of one leader entrypoint on two instances at the same time                     |
 * | `ledger_open`    | ticks that came due and ended nowhere                                               |
 *
 * A run whose instance was frozen meanwhile is excused for overlapping and for an old token, as long as it ends soon after
 * the thaw: no program can stop what it does before it goes on itself. Nothing excuses a stale write: the storage is not
 * frozen.
 */
import { groupBy } from './group-by.js'
import type { History, LedgerReading, Nanos, Write } from './history.js'
import { frozenUntil, type ObservedRun, runsOf } from './runs.js'

export type Rule = 'tick_twice' | 'stale_write' | 'token_shared' | 'token_back' | 'leaders_overlap' | 'ledger_open'

/** To abort a run that has lost its lease, and to kill its thread: a second each, and one for a busy machine. */
const STOP_BUDGET: Nanos = 3_000_000_000n

export interface Violation {
  readonly rule: Rule
  readonly detail: string
}

export function violationsOf(history: History): Violation[] {
  const runs = runsOf(history)
  return [
    ...ticksRunTwice(runs),
    ...staleWrites(history),
    ...sharedTokens(history, runs),
    ...tokensGoneBack(history, runs),
    ...overlappingLeaders(history, runs),
    ...openLedgers(history),
  ]
}

function ticksRunTwice(runs: readonly ObservedRun[]): Violation[] {
  const byDueTime = groupBy(runs, ({ entrypoint, dueTime }) => `${entrypoint}@${new Date(dueTime).toISOString()}`)
  return [...byDueTime].flatMap(([dueTime, same]) =>
    same.length < 2
      ? []
      : violation('tick_twice', `${dueTime} on ${same.map(({ instance }) => instance).join(' and ')}`),
  )
}

function staleWrites({ entries }: History): Violation[] {
  const highest = new Map<string, bigint>()
  return entries.filter(isWrite).flatMap(({ resource, token, accepted, instance }) => {
    const before = highest.get(resource) ?? 0n
    if (token > before) highest.set(resource, token)
    if (!accepted || token >= before) return []
    return violation('stale_write', `${resource} took ${token} of ${instance} after ${before}`)
  })
}

function sharedTokens({ entries }: History, runs: readonly ObservedRun[]): Violation[] {
  const holders = new Map<string, Set<string>>()
  const note = (under: string, instance: string) => {
    const instances = holders.get(under) ?? new Set()
    holders.set(under, instances.add(instance))
  }
  for (const { resource, token, instance } of entries.filter(isWrite)) note(`${resource} under ${token}`, instance)
  for (const { entrypoint, token, instance } of runs) {
    if (token !== undefined) note(`${entrypoint} under ${token}`, instance)
  }
  return [...holders].flatMap(([under, instances]) =>
    instances.size < 2 ? [] : violation('token_shared', `${under}: ${[...instances].join(' and ')}`),
  )
}

function tokensGoneBack(history: History, runs: readonly ObservedRun[]): Violation[] {
  const highest = new Map<string, bigint>()
  return runs.flatMap(({ entrypoint, token, instance, due, begin }) => {
    if (token === undefined) return []
    const before = highest.get(entrypoint) ?? 0n
    if (token > before) highest.set(entrypoint, token)
    if (token >= before || frozenUntil(history, instance, due, begin) !== undefined) return []
    return violation('token_back', `${entrypoint} began on ${instance} under ${token} after ${before}`)
  })
}

function overlappingLeaders(history: History, runs: readonly ObservedRun[]): Violation[] {
  const byEntrypoint = groupBy(
    runs.filter(({ token }) => token !== undefined),
    ({ entrypoint }) => entrypoint,
  )
  return [...byEntrypoint.values()].flatMap((ofOne) =>
    ofOne.flatMap((later, index) =>
      ofOne.slice(0, index).flatMap((earlier) => {
        const isOver = earlier.end !== undefined && earlier.end <= later.begin
        if (isOver || earlier.instance === later.instance) return []
        const stale = earlier.token! < later.token! ? earlier : later
        const thawed = frozenUntil(history, stale.instance, stale.due, stale.end)
        if (thawed !== undefined && stale.end !== undefined && stale.end - thawed <= STOP_BUDGET) return []
        const at = Number(later.begin - earlier.begin) / 1e6
        return violation(
          'leaders_overlap',
          `${later.entrypoint} began on ${later.instance} (${later.token}) ${at} ms after the beginning, and before the end, of a run on ${earlier.instance} (${earlier.token})`,
        )
      }),
    ),
  )
}

/** Ledgers that do not balance. */
export function openLedgers({ ledgers }: Pick<History, 'ledgers'>): Violation[] {
  return ledgers.flatMap((ledger) => {
    const open = imbalanceOf(ledger)
    return open === 0 ? [] : violation('ledger_open', `${ledger.entrypoint} on ${ledger.instance}: ${open} unaccounted`)
  })
}

function imbalanceOf({ due, taken, handedOver, returned, skipped, runs, active, pending }: LedgerReading): number {
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, n) => total + n, 0)
  return due + taken - sum(skipped) - handedOver - returned - sum(runs) - active - pending
}

function isWrite(entry: { readonly kind: string }): entry is Write {
  return entry.kind === 'write'
}

function violation(rule: Rule, detail: string): Violation[] {
  return [{ rule, detail }]
}
