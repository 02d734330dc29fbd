/** Scope queue in the test harness: a queue in memory, on the virtual clock. */
import { describe, expect, it } from 'vitest'
import { service, timer } from '../../src/define/decorators.js'
import type { Tick } from '../../src/kernel/tick.js'
import type { LedgerCounts } from '../../src/kernel/view.js'
import { createHarness } from '../../src/testing/harness.js'

const fences: (bigint | undefined)[] = []
const ids: string[] = []

@service('heavy')
class Heavy {
  calls = 0

  @timer('1m', { scope: 'queue' })
  hash(tick: Tick) {
    this.calls++
    fences.push(tick.fence)
  }

  @timer('1h', { scope: 'queue', retry: { attempts: 3, backoff: { initial: '10s', jitter: 0 } } })
  fails(tick: Tick) {
    ids.push(tick.id)
    throw new Error('no disk')
  }

  @timer('1m')
  plain(tick: Tick) {
    fences.push(tick.fence)
  }
}

function imbalance({ due, taken, handedOver, returned, active, pending, skipped, runs }: LedgerCounts): number {
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, one) => all + one, 0)
  return due + taken - (sum(skipped) + handedOver + returned + sum(runs) + active + pending)
}

describe('a harness of a service with scope queue', () => {
  it('each tick goes to the queue and runs once', async () => {
    const harness = createHarness(Heavy)
    await harness.advance('10m')
    await harness.advance('1s')
    expect(harness.instance.calls).toBe(10)
    expect(harness.ticks('hash').map(({ outcome }) => outcome)).toEqual(Array(10).fill('completed'))
    expect(harness.ledger('hash')).toMatchObject({ due: 10, handedOver: 10, taken: 10, returned: 0, active: 0 })
    expect(imbalance(harness.ledger('hash'))).toBe(0)
    await harness.stop()
  })

  it('a failed attempt goes back to the queue and is handed out again after its backoff', async () => {
    const harness = createHarness(Heavy)
    await harness.advance('1h')
    await harness.advance('1m')
    expect(harness.ticks('fails')).toMatchObject([{ outcome: 'failed', attempts: 3 }])
    expect(harness.ledger('fails')).toMatchObject({ due: 1, handedOver: 1, taken: 3, returned: 2 })
    expect(imbalance(harness.ledger('fails'))).toBe(0)
    await harness.stop()
  })

  it('tick.id names the entrypoint and the due moment, and is the same in each attempt', async () => {
    ids.length = 0
    const harness = createHarness(Heavy)
    await harness.advance('1h')
    await harness.advance('1m')
    const id = `heavy.fails@${Date.UTC(2026, 0, 5, 1)}000us`
    expect(ids).toEqual([id, id, id])
    await harness.stop()
  })

  it('tick.fence grows over the ticks of a timer, and is undefined for other scopes', async () => {
    fences.length = 0
    const harness = createHarness(Heavy)
    await harness.advance('3m')
    await harness.advance('1s')
    const given = fences.filter((fence) => fence !== undefined)
    expect(given).toHaveLength(3)
    expect(fences.length - given.length).toBe(3)
    const due = BigInt(Date.UTC(2026, 0, 5, 0, 1)) * 1_000n
    expect(given[0]).toBe(due * 1_024n + 1n)
    expect([...given].sort()).toEqual(given)
    await harness.stop()
  })

  it('an instance that only schedules hands ticks over and runs none; one that only works hands over none', async () => {
    const schedules = createHarness(Heavy, { config: { escapement: { queue: { take: false } } } })
    await schedules.advance('1m')
    await schedules.advance('1s')
    expect(schedules.ledger('hash')).toMatchObject({ due: 1, handedOver: 1, taken: 0 })
    await schedules.stop()
    const works = createHarness(Heavy, { config: { escapement: { queue: { offer: false } } } })
    await works.advance('1m')
    await works.advance('1s')
    expect(works.ledger('hash')).toMatchObject({ due: 1, handedOver: 0, skipped: { not_leader: 1 } })
    await works.stop()
  })

  it('a tick by hand goes through the queue too', async () => {
    const harness = createHarness(Heavy)
    await harness.trigger('hash')
    await harness.advance('1s')
    expect(harness.ticks('hash')).toMatchObject([{ outcome: 'completed', sequence: -1 }])
    await harness.stop()
  })
})
