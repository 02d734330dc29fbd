import { describe, expect, it } from 'vitest'
import type { LedgerReading, ProcessEntry } from '../support/history.js'
import { fleetViolations } from './support/fleet-checker.js'
import type {
  FleetHistory,
  OfferedEntry,
  SettledEntry,
  SettlementWord,
  StoredTicket,
  TicketEntry,
} from './support/fleet-history.js'
import { fleetSum } from './support/fleet-sum.js'

const SECOND = 1_000_000_000n
const ID = 'job.work@1000000us'

/** Moments are in seconds. */
const at = (seconds: number) => BigInt(seconds) * SECOND

function offer(instance: string, answer?: OfferedEntry['answer'], id = ID): TicketEntry[] {
  const about = { instance, id, at: 0n }
  return [{ ...about, kind: 'offer' }, ...(answer ? [{ ...about, kind: 'offered' as const, answer }] : [])]
}

/** `looked`: when the thread looked whether it may call the method, if that was not when the method began. */
function run(instance: string, delivery: number, begin: number, end?: number, looked = begin): TicketEntry[] {
  const about = { instance, id: ID, delivery }
  return [
    { ...about, kind: 'begin', looked: at(looked), at: at(begin) },
    ...(end === undefined ? [] : [{ ...about, kind: 'end' as const, at: at(end) }]),
  ]
}

function settle(
  instance: string,
  delivery: number,
  seconds: number,
  answer: SettledEntry['answer'] | undefined = 'accepted',
  settlement: SettlementWord = 'completed',
): TicketEntry[] {
  const about = { instance, id: ID, delivery, settlement, at: at(seconds) }
  return [
    { ...about, kind: 'settle' },
    { ...about, kind: 'settled', answer },
  ]
}

/** The instance was not there to hear the answer. */
const settleUnheard = (instance: string, delivery: number, seconds: number) =>
  settle(instance, delivery, seconds).slice(0, 1)

function process(kind: ProcessEntry['kind'], instance: string, seconds: number): ProcessEntry {
  return { kind, instance, at: at(seconds) }
}

const stored = (state: StoredTicket['state'] = 'settled', id = ID): StoredTicket[] => [{ id, state }]

function ledger(instance: string, counts: Partial<LedgerReading> = {}): LedgerReading {
  const given = { due: 1, taken: 1, handedOver: 1, returned: 0, runs: { completed: 1 } }
  return { instance, entrypoint: 'job.work', ...given, skipped: {}, active: 0, pending: 0, ...counts }
}

function history(told: Partial<FleetHistory>): FleetHistory {
  return { entries: [], stored: [], ledgers: [], processes: [], ...told }
}

const rules = (told: Partial<FleetHistory>) => fleetViolations(history(told)).map(({ rule }) => rule)

const done = [...offer('a', 'kept'), ...run('b', 1, 1, 2), ...settle('b', 1, 2)]

describe('the checker of a fleet has nothing against', () => {
  it.each<[string, Partial<FleetHistory>]>([
    ['nothing at all', {}],
    [
      'a ticket that is offered on one instance, and run and settled on another',
      { entries: done, stored: stored(), ledgers: [ledger('a', { taken: 0, runs: {} })] },
    ],
    [
      'a ticket that waits, is active or is delayed, and has not been run',
      { entries: offer('a', 'kept'), stored: stored('waiting') },
    ],
    [
      'a ticket whose offer was answered to nobody, because the instance was killed',
      { entries: [...offer('a'), ...done.slice(2)], stored: stored(), processes: [process('killed', 'a', 1)] },
    ],
    ['an offer whose answer is unknown and which the store does not have', { entries: offer('a', 'unknown') }],
    ['an offer that was refused because an earlier ticket of the lane runs', { entries: offer('a', 'running') }],
    ['a ticket that a new leader offers again', { entries: [...done, ...offer('b', 'kept')], stored: stored() }],
    [
      'a ticket of a killed instance that another one runs again',
      {
        entries: [...offer('a', 'kept'), ...run('a', 1, 1), ...run('b', 2, 7, 8), ...settle('b', 2, 8)],
        stored: stored(),
        processes: [process('killed', 'a', 2)],
      },
    ],
    [
      'a ticket that was settled by an instance which did not live to hear the answer',
      {
        entries: [...offer('a', 'kept'), ...run('b', 1, 1, 2), ...settleUnheard('b', 1, 2)],
        stored: stored(),
        processes: [process('killed', 'b', 3)],
      },
    ],
    [
      'a frozen instance whose run overlaps with that of the next one, and whose settlement is refused',
      {
        entries: [
          ...offer('a', 'kept'),
          ...[...run('a', 1, 1, 12), ...settle('a', 1, 12, 'refused')],
          ...[...run('b', 2, 8, 9), ...settle('b', 2, 9)],
        ],
        stored: stored(),
        processes: [process('frozen', 'a', 2), process('thawed', 'a', 11)],
      },
    ],
    [
      'a run that begins while the next instance runs the ticket, because it was frozen after the look at its lock',
      {
        entries: [
          ...offer('a', 'kept'),
          ...[...run('b', 2, 4, 9), ...settle('b', 2, 9)],
          ...[...run('c', 1, 6, 7, 0), ...settle('c', 1, 7, 'refused')],
        ],
        stored: stored(),
        processes: [process('frozen', 'c', 1), process('thawed', 'c', 5)],
      },
    ],
    [
      'a run that begins after its ticket was settled, because it was frozen after the look at its lock',
      {
        entries: [...done, ...run('c', 1, 6, 7, 0), ...settle('c', 1, 7, 'refused', 'returned')],
        stored: stored(),
        processes: [process('frozen', 'c', 1), process('thawed', 'c', 5)],
      },
    ],
    [
      'a failed attempt that is followed by another one, and a ticket that was returned',
      {
        entries: [
          ...[...offer('a', 'kept'), ...run('a', 1, 1, 2), ...settle('a', 1, 2, 'accepted', 'retry')],
          ...settle('b', 2, 3, 'accepted', 'returned'),
          ...[...run('b', 3, 4, 5), ...settle('b', 3, 5)],
        ],
        stored: stored(),
      },
    ],
    [
      'a ticket that expired before it was run',
      { entries: [...offer('a', 'kept'), ...settle('b', 1, 2, 'accepted', 'expired')], stored: stored() },
    ],
  ])('%s', (_name, told) => {
    expect(fleetViolations(history(told))).toEqual([])
  })
})

describe('the checker of a fleet finds', () => {
  it.each<[string, string, Partial<FleetHistory>]>([
    ['a ticket that was kept and is not in the store', 'lost', { entries: done }],
    ['a ticket that nobody offered', 'not_offered', { entries: done.slice(2), stored: stored() }],
    [
      'a ticket that is settled and was not run',
      'never_run',
      { entries: [...offer('a', 'kept'), ...settle('b', 1, 2)], stored: stored() },
    ],
    [
      'a ticket that two instances settled',
      'settled_twice',
      { entries: [...done, ...settle('c', 2, 3)], stored: stored() },
    ],
    [
      'a ticket that one instance settled twice, in two deliveries',
      'settled_twice',
      { entries: [...done, ...settle('b', 2, 3, 'accepted', 'failed')], stored: stored() },
    ],
    [
      'a ticket that is settled although nobody settled it',
      'not_settled',
      { entries: done.slice(0, 4), stored: stored() },
    ],
    [
      'a ticket that is settled although the settlement was refused',
      'not_settled',
      { entries: [...done.slice(0, 4), ...settle('b', 1, 2, 'refused')], stored: stored() },
    ],
    [
      'a ticket that is settled although it was returned',
      'not_settled',
      { entries: [...done.slice(0, 4), ...settle('b', 1, 2, 'accepted', 'returned')], stored: stored() },
    ],
    ['a ticket that waits after it was settled', 'settled_open', { entries: done, stored: stored('waiting') }],
    [
      'two instances that run a ticket at the same time',
      'two_holders',
      {
        entries: [...offer('a', 'kept'), ...run('a', 1, 1, 4), ...run('b', 2, 3, 5), ...settle('b', 2, 5)],
        stored: stored(),
      },
    ],
    [
      'two instances that run a ticket at the same time, of which one was frozen later',
      'two_holders',
      {
        entries: [...offer('a', 'kept'), ...run('a', 1, 1, 12), ...run('b', 2, 3, 5), ...settle('b', 2, 5)],
        stored: stored(),
        processes: [process('frozen', 'a', 6), process('thawed', 'a', 7)],
      },
    ],
    [
      'a run that is in progress when another one begins, and of which nothing was heard again',
      'two_holders',
      {
        entries: [...offer('a', 'kept'), ...run('a', 1, 1), ...run('b', 2, 3, 5), ...settle('b', 2, 5)],
        stored: stored(),
      },
    ],
    [
      'a run whose lock was looked at right after a thaw, while another instance runs the ticket',
      'two_holders',
      {
        entries: [
          ...offer('a', 'kept'),
          ...[...run('b', 2, 4, 9), ...settle('b', 2, 9)],
          ...[...run('c', 1, 7, 8, 6), ...settle('c', 1, 8, 'refused')],
        ],
        stored: stored(),
        processes: [process('frozen', 'c', 1), process('thawed', 'c', 5)],
      },
    ],
    [
      'a run that begins after its ticket was settled',
      'run_again',
      { entries: [...done, ...run('c', 2, 6, 7), ...settle('c', 2, 7, 'refused')], stored: stored() },
    ],
    [
      'a run whose lock was looked at right after a thaw, when its ticket is settled',
      'run_again',
      {
        entries: [...done, ...run('c', 2, 7, 8, 6), ...settle('c', 2, 8, 'refused')],
        stored: stored(),
        processes: [process('frozen', 'c', 1), process('thawed', 'c', 5)],
      },
    ],
    ['an offer without an answer', 'unanswered', { entries: offer('a') }],
    ['an offer with two answers', 'unanswered', { entries: [...done, done[1]!], stored: stored() }],
    [
      'a settlement without an answer',
      'unanswered',
      { entries: [...done.slice(0, 4), ...settleUnheard('b', 1, 2)], stored: stored() },
    ],
    [
      'a ledger that does not balance',
      'ledger_open',
      { entries: offer('a', 'kept'), stored: stored('waiting'), ledgers: [ledger('a', { taken: 2 })] },
    ],
    [
      'a ledger that has handed over what was not confirmed',
      'ledger_differs',
      { entries: done, stored: stored(), ledgers: [ledger('a'), ledger('b')] },
    ],
    [
      'a ledger that does not know of a confirmed offer',
      'ledger_differs',
      { entries: done, stored: stored(), ledgers: [ledger('a', { handedOver: 0, skipped: { running: 1 } })] },
    ],
  ])('%s: %s', (_name, rule, told) => {
    expect(rules(told)).toEqual([rule])
  })
})

describe('the sum of a fleet', () => {
  it('the sum of a fleet counts tickets that are handed over, run again and refused, and where all of them are', () => {
    const waiting = 'job.work@2000000us'
    const unconfirmed = 'job.work@3000000us'
    const entries = [
      ...[...offer('a', 'kept'), ...offer('a', 'kept', waiting), ...offer('a', 'unknown', unconfirmed)],
      ...[...run('a', 1, 1, 12), ...settle('a', 1, 12, 'refused')],
      ...[...run('b', 2, 8, 9), ...settle('b', 2, 9)],
    ]
    const all = [...stored(), ...stored('waiting', waiting), ...stored('delayed', unconfirmed)]
    expect(fleetSum(history({ entries, stored: all }))).toEqual({
      ...{ handedOver: 2, unconfirmed: 1, settled: 1, waiting: 1, active: 0, delayed: 1 },
      ...{ runs: 2, redelivered: 1, refused: 1 },
    })
  })
})
