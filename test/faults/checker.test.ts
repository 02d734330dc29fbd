import { describe, expect, it } from 'vitest'
import { type Rule, violationsOf } from './support/checker.js'
import type { Entry, LedgerReading, ProcessEntry, RunEntry, Write } from './support/history.js'

const MS = 1_000_000n
const PERIOD = 100

interface Told {
  readonly on: string
  readonly dueTime?: number
  readonly token?: bigint
  readonly begin: number
  /** None: it was never heard of again. */
  readonly end?: number
}

/** A run, in milliseconds; due when it begins unless it says so. */
function run({ on: instance, token, begin, end, dueTime = begin }: Told): Entry[] {
  const entry = (kind: RunEntry['kind'], at: number): RunEntry => {
    return { kind, instance, entrypoint: 'job.work', dueTime, due: BigInt(dueTime) * MS, token, at: BigInt(at) * MS }
  }
  return [entry('begin', begin), ...(end === undefined ? [] : [entry('end', end)])]
}

function write(instance: string, token: bigint, accepted = true): Write {
  return { kind: 'write', instance, resource: 'account', token, dueTime: 0, accepted, at: 0n }
}

function process(kind: ProcessEntry['kind'], instance: string, at: number): ProcessEntry {
  return { kind, instance, at: BigInt(at) * MS }
}

function ledger(counts: Partial<LedgerReading>): LedgerReading {
  return {
    ...{ instance: 'a', entrypoint: 'job.work', due: 10, skipped: { running: 1, missed: 2 } },
    ...{ taken: 4, handedOver: 3, returned: 1, runs: { completed: 5 }, active: 1, pending: 1, ...counts },
  }
}

function rules(entries: readonly Entry[], ledgers: readonly LedgerReading[] = []): Rule[] {
  return violationsOf({ entries, ledgers }).map(({ rule }) => rule)
}

describe('the checker has nothing against', () => {
  it.each<[string, readonly Entry[]]>([
    ['nothing at all', []],
    [
      'a leader that goes on under its token, and another after it under a higher one',
      [
        ...run({ on: 'a', token: 1n, begin: 0, end: 20 }),
        write('a', 1n),
        ...run({ on: 'a', token: 1n, begin: PERIOD, end: 120 }),
        write('a', 1n),
        ...run({ on: 'b', token: 2n, begin: 200, end: 220 }),
        write('b', 2n),
      ],
    ],
    [
      'a stale write that was refused',
      [write('a', 1n), write('b', 2n), write('a', 1n, false), write('b', 2n), write('c', 3n)],
    ],
    [
      'a run that was frozen while somebody else led',
      [
        ...run({ on: 'a', token: 1n, begin: 0, end: 9_000 }),
        process('frozen', 'a', 10),
        ...run({ on: 'b', token: 2n, begin: 6_000, end: 6_020 }),
        process('thawed', 'a', 8_000),
      ],
    ],
    [
      'a run whose thread was frozen between the decision and the first line of the job',
      [
        process('frozen', 'a', 95),
        ...run({ on: 'b', token: 2n, begin: 6_000, end: 6_020 }),
        process('thawed', 'a', 8_000),
        ...run({ on: 'a', token: 1n, dueTime: 90, begin: 8_001, end: 8_010 }),
      ],
    ],
    [
      'a run that was frozen and killed without ever being thawed',
      [
        ...run({ on: 'a', token: 1n, begin: 0 }),
        process('frozen', 'a', 10),
        ...run({ on: 'b', token: 2n, begin: 6_000, end: 6_020 }),
        process('killed', 'a', 9_000),
      ],
    ],
    [
      'a run that was killed with its instance before the next leader',
      [
        ...run({ on: 'a', token: 1n, begin: 0 }),
        process('killed', 'a', 50),
        ...run({ on: 'b', token: 2n, begin: 100, end: 120 }),
      ],
    ],
    [
      'a run that was killed with its thread before the next leader',
      [
        ...run({ on: 'a', token: 1n, begin: 0 }),
        { kind: 'over', instance: 'a', entrypoint: 'job.work', dueTime: 0, at: 90n * MS },
        ...run({ on: 'b', token: 2n, begin: 100, end: 120 }),
      ],
    ],
    [
      'different ticks on different instances at the same time, under no lease',
      [...run({ on: 'a', begin: 0, end: 150 }), ...run({ on: 'b', begin: PERIOD, end: 120 })],
    ],
  ])('%s', (_name, entries) => {
    expect(rules(entries)).toEqual([])
  })

  it('the checker accepts a ledger that balances', () => {
    expect(rules([], [ledger({})])).toEqual([])
  })
})

describe('the checker finds', () => {
  it.each<[string, Rule, readonly Entry[]]>([
    [
      'a tick that ran on two instances, one after the other',
      'tick_twice',
      [...run({ on: 'a', dueTime: 0, begin: 0, end: 20 }), ...run({ on: 'b', dueTime: 0, begin: 50, end: 70 })],
    ],
    [
      'a tick that ran twice on one instance',
      'tick_twice',
      [...run({ on: 'a', dueTime: 0, begin: 0, end: 20 }), ...run({ on: 'a', dueTime: 0, begin: 50, end: 70 })],
    ],
    ['a stale write that was accepted', 'stale_write', [write('a', 1n), write('b', 2n), write('a', 1n)]],
    [
      'a stale write that was accepted after a higher token that was not',
      'stale_write',
      [write('b', 2n, false), write('a', 1n)],
    ],
    ['two instances that write under one token', 'token_shared', [write('a', 1n), write('b', 1n)]],
    [
      'two instances that run under one token',
      'token_shared',
      [...run({ on: 'a', token: 1n, begin: 0, end: 20 }), ...run({ on: 'b', token: 1n, begin: 100, end: 120 })],
    ],
    [
      'a run that begins under an old token without the excuse of having been frozen',
      'token_back',
      [...run({ on: 'b', token: 2n, begin: 0, end: 20 }), ...run({ on: 'a', token: 1n, begin: 100, end: 120 })],
    ],
    [
      'a run under an old token although it was due after the thaw',
      'token_back',
      [
        process('frozen', 'a', 0),
        ...run({ on: 'b', token: 2n, begin: 100, end: 120 }),
        process('thawed', 'a', 200),
        ...run({ on: 'a', token: 1n, begin: 300, end: 320 }),
      ],
    ],
    [
      'runs of two leaders at the same time',
      'leaders_overlap',
      [...run({ on: 'a', token: 1n, begin: 0, end: 120 }), ...run({ on: 'b', token: 2n, begin: 100, end: 110 })],
    ],
    [
      'a new leader that was frozen, beside an old one that was not',
      'leaders_overlap',
      [
        ...run({ on: 'a', token: 1n, begin: 0, end: 9_000 }),
        ...run({ on: 'b', token: 2n, begin: 100, end: 9_100 }),
        process('frozen', 'b', 110),
        process('thawed', 'b', 8_000),
      ],
    ],
    [
      'a run that goes on for long after the thaw, beside a new leader',
      'leaders_overlap',
      [
        ...run({ on: 'a', token: 1n, begin: 0, end: 12_000 }),
        process('frozen', 'a', 10),
        ...run({ on: 'b', token: 2n, begin: 6_000, end: 6_020 }),
        process('thawed', 'a', 8_000),
      ],
    ],
    [
      'a run beside a new leader that was frozen, but only before',
      'leaders_overlap',
      [
        process('frozen', 'a', -200),
        process('thawed', 'a', -100),
        ...run({ on: 'a', token: 1n, begin: 0, end: 120 }),
        ...run({ on: 'b', token: 2n, begin: 100, end: 110 }),
        process('frozen', 'a', 130),
      ],
    ],
    [
      'a leader beside a run that nobody saw ending',
      'leaders_overlap',
      [...run({ on: 'a', token: 1n, begin: 0 }), ...run({ on: 'b', token: 2n, begin: 9_000, end: 9_010 })],
    ],
    [
      'a leader beside a run that was killed with its instance, but later',
      'leaders_overlap',
      [
        ...run({ on: 'a', token: 1n, begin: 0 }),
        process('killed', 'a', 150),
        ...run({ on: 'b', token: 2n, begin: 100, end: 110 }),
      ],
    ],
  ])('%s', (_name, rule, entries) => {
    expect(rules(entries)).toEqual([rule])
  })

  it.each([
    [{ due: 11 }],
    [{ due: 9 }],
    [{ taken: 5 }],
    [{ handedOver: 0 }],
    [{ returned: 2 }],
    [{ skipped: {} }],
    [{ runs: {} }],
    [{ active: 0 }],
    [{ pending: 0 }],
  ])('the checker reports a ledger that does not balance: %o', (counts) => {
    expect(rules([], [ledger(counts)])).toEqual(['ledger_open'])
  })
})
