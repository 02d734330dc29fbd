import { describe, expect, it } from 'vitest'
import type { Entry, SkipEntry } from './support/history.js'
import { accountForTicks } from './support/ticks.js'

const MS = 1_000_000n
const PERIOD = 1_000

/** Three ticks: at 5, 6 and 7 s. */
function account(...entries: Entry[]) {
  return accountForTicks(
    { entries, ledgers: [] },
    { entrypoint: 'job.work', periodMs: PERIOD, from: 5_000, to: 8_000, wallTimeOf: (at) => Number(at / MS) },
  )
}

function ran(instance: string, dueTime: number): Entry {
  const at = BigInt(dueTime) * MS
  return { kind: 'begin', instance, entrypoint: 'job.work', dueTime, due: at, token: undefined, at }
}

function skipped(instance: string, dueTime: number, reason: string, count = 1): SkipEntry {
  return { kind: 'skip', instance, entrypoint: 'job.work', dueTime, count, reason, at: 0n }
}

function alive(instance: string, from = 0): Entry {
  return { kind: 'started', instance, at: BigInt(from) * MS }
}

function gone(instance: string, at: number, kind: 'killed' | 'stopping' = 'killed'): Entry {
  return { kind, instance, at: BigInt(at) * MS }
}

const elsewhere = (instance: string, dueTime: number) => skipped(instance, dueTime, 'claimed_elsewhere')

describe('the account of ticks', () => {
  it('the account of ticks counts the ticks that ran, on any instance', () => {
    expect(account(alive('a'), ran('a', 5_000), ran('b', 6_000), ran('a', 7_000))).toEqual({
      ticks: 3,
      ran: 3,
      explained: {},
      unexplained: [],
    })
  })

  it('takes the reason an instance gives, and looks at how many ticks it is for', () => {
    const { ran: count, explained, unexplained } = account(alive('a'), skipped('a', 7_000, 'missed', 3))
    expect([count, explained, unexplained]).toEqual([0, { missed: 3 }, []])
  })

  it('takes it that the owner was killed, when all others say that it was somebody else', () => {
    const { explained, unexplained } = account(
      ...[alive('a'), alive('b'), gone('b', 6_050), ran('a', 5_000), ran('a', 7_000)],
      elsewhere('a', 6_000),
    )
    expect([explained, unexplained]).toEqual([{ 'claimed_elsewhere, owner killed': 1 }, []])
  })

  it('does not take it that the owner is gone, when nobody is', () => {
    const { unexplained } = account(
      ...[alive('a'), alive('b'), ran('a', 5_000), ran('a', 7_000)],
      ...[elsewhere('a', 6_000), elsewhere('b', 6_000)],
    )
    expect(unexplained).toEqual([expect.stringContaining('claimed by nobody who is gone')])
  })

  it('does not take it that somebody who was killed long before or came long after was the owner', () => {
    const { unexplained } = account(
      ...[alive('a'), alive('b'), gone('b', 4_000), alive('c', 7_500), gone('c', 9_000)],
      ...[ran('a', 5_000), ran('a', 7_000), elsewhere('a', 6_000)],
    )
    expect(unexplained).toHaveLength(1)
  })

  it('does not take it that an instance which was there to the end says nothing', () => {
    const { unexplained } = account(
      ...[alive('a'), alive('b'), ran('a', 5_000), ran('a', 7_000)],
      skipped('a', 6_000, 'missed'),
    )
    expect(unexplained).toEqual([expect.stringContaining('nothing said by b')])
  })

  it('does not ask an instance that was just starting, stopping or killed', () => {
    const { explained, unexplained } = account(
      ...[alive('a'), alive('b', 5_500), gone('a', 6_500, 'stopping'), gone('b', 6_500)],
      ...[ran('a', 5_000), ran('b', 7_000)],
    )
    expect([explained, unexplained]).toEqual([{ 'nobody there': 1 }, []])
  })
})
