/** Tickets that are taken before a thread is free for them. The numbers are those of the invariants in src/dispatch/taking/taking.ts. */
import { describe, expect, it } from 'vitest'
import { aheadOf, RecentRuns } from '../../../src/dispatch/taking/ahead.js'
import { QueueSimulation, type QueueSimulationOptions, queued } from '../../support/queue-simulation.js'
import type { Durations } from '../../support/simulation.js'

const SERVICE = 'svc'
/** One run at a time. Its ticks are triggered by hand. */
const TIMER = queued({
  schedule: { kind: 'interval', interval: 600_000_000, align: true },
  overlap: 'allow',
  concurrency: 1,
  startDeadline: 60_000_000,
})

/** A simulation with 40 tickets in the queue, of which the first 16 have run, for 2.5 ms each: three are taken ahead. */
async function afterShortRuns(
  later: Durations,
  options?: QueueSimulationOptions,
  timer = TIMER,
): Promise<QueueSimulation> {
  const test = new QueueSimulation([timer], (run, timer) => (run < 16 ? 2.5 : later(run, timer)), options)
  for (let count = 0; count < 40; count++) {
    test.simulation.ticks.trigger(test.simulation.timers[0]!)
    await test.simulation.advance(5)
  }
  for (let run = 0; run < 16; run++) {
    test.take()
    expect(test.ledger()).toMatchObject({ active: 1, pending: 0 })
    await test.simulation.advance(10)
  }
  return test
}

const aheadIn = (test: QueueSimulation) => test.simulation.tickets!.taking.ahead(SERVICE)

describe('how many tickets are taken ahead', () => {
  it.each<[threads: number, mean: number | undefined, ahead: number]>([
    [2, undefined, 0],
    [0, 0, 0],
    [1, 0, 20],
    [2, 0, 40],
    [2, 500, 20],
    [2, 2_000, 8],
    [2, 4_500, 4],
    [2, 9_500, 2],
    [2, 9_501, 0],
    [2, 60_000_000, 0],
  ])('with %i threads and runs of %j µs in the mean, %i tickets are taken ahead', (threads, mean, ahead) => {
    expect(aheadOf(threads, mean)).toBe(ahead)
  })
})

describe('the mean duration of the recent runs', () => {
  it('the mean is unknown until 16 runs have ended, and then it is that of the last 16', () => {
    const recent = new RecentRuns()
    for (let run = 0; run < 15; run++) recent.add(100)
    expect(recent.mean).toBeUndefined()
    recent.add(260)
    expect(recent.mean).toBe(110)
    for (let run = 0; run < 16; run++) recent.add(run)
    expect(recent.mean).toBe(7.5)
  })

  it('after the durations were forgotten, the mean is unknown until 16 further runs have ended', () => {
    const recent = new RecentRuns()
    for (let run = 0; run < 20; run++) recent.add(1_000)
    recent.forget()
    for (let run = 0; run < 15; run++) recent.add(7)
    expect(recent.mean).toBeUndefined()
    recent.add(7)
    expect(recent.mean).toBe(7)
  })
})

describe('the tickets that are taken ahead', () => {
  it('they wait as pending, and each begins in the turn in which a thread becomes free (invariant 2)', async () => {
    const test = await afterShortRuns(() => 1)
    test.take()
    expect(test.ledger()).toMatchObject({ taken: 20, active: 1, pending: 3 })
    await test.simulation.advance(4)
    expect(test.ledger()).toMatchObject({ taken: 20, active: 0, pending: 0, returned: 0, runs: { completed: 20 } })
    const [first, ...others] = test.simulation.runs.slice(16)
    expect(others.map(({ start }) => start - first!.start)).toEqual([1, 2, 3])
  })

  it('behind a run that takes long they are returned after 200 ms, and then none is taken ahead (invariant 6)', async () => {
    const test = await afterShortRuns(() => 5_000)
    test.take()
    await test.simulation.advance(190)
    expect(test.ledger()).toMatchObject({ active: 1, pending: 3, returned: 0 })
    await test.simulation.advance(60)
    expect(test.ledger()).toMatchObject({ active: 1, pending: 0, returned: 3 })
    expect(test.saturated).toEqual([])
    expect(aheadIn(test)).toBe(0)
    test.take()
    expect(test.ledger()).toMatchObject({ taken: 20, active: 1, pending: 0 })
  })

  it('after a run that took long, none is taken ahead until it is no longer among the last 16', async () => {
    const test = await afterShortRuns((run) => (run === 16 ? 150 : 2.5))
    expect(aheadIn(test)).toBe(3)
    test.take()
    await test.simulation.advance(160)
    expect(test.ledger()).toMatchObject({ active: 0, pending: 0, returned: 0 })
    expect(aheadIn(test)).toBe(0)
    for (let run = 0; run < 15; run++) {
      test.take()
      await test.simulation.advance(10)
    }
    expect(aheadIn(test)).toBe(3)
  })

  it('a stop returns them at once (invariant 5)', async () => {
    const test = await afterShortRuns(() => 50)
    test.take()
    await test.simulation.advance(1)
    void test.simulation.stopper.stop()
    expect(test.ledger()).toMatchObject({ active: 1, pending: 0, returned: 3 })
    await test.simulation.advance(100)
    expect(test.ledger()).toMatchObject({ taken: 20, returned: 3, runs: { completed: 17 } })
  })

  it('one that has waited until its lock is nearly over is returned, and does not begin to run (invariant 3)', async () => {
    const test = await afterShortRuns(() => 10, { lock: 3_000_000 })
    test.take()
    await test.simulation.advance(1)
    await test.simulation.clock.stall(2_000_000)
    await test.simulation.advance(100)
    expect(test.ledger()).toMatchObject({ taken: 20, active: 0, pending: 0, returned: 3, runs: { completed: 17 } })
    expect(test.simulation.imbalance).toBe(0)
  })

  it('tickets that are to run at most once are not taken ahead', async () => {
    const test = await afterShortRuns(() => 1, { atMostOnce: true })
    expect(aheadIn(test)).toBe(0)
    test.take()
    expect(test.ledger()).toMatchObject({ active: 1, pending: 0 })
  })

  it('when the method comes into quarantine, they are returned', async () => {
    const test = await afterShortRuns(() => ({ takes: 1, crashes: true }))
    test.take()
    await test.simulation.advance(60)
    expect(test.ledger()).toMatchObject({ pending: 0, returned: 1, runs: { completed: 16, crashed: 3 } })
    expect(test.queue.settlements.at(-1)!.settlement.kind).toBe('returned')
  })
})

describe('the tickets that a thread is handed before it is free', () => {
  /** A simulation with one thread and 40 tickets in the queue, of which the first 16 have run, for 2.5 ms each: three are taken ahead. */
  async function onOneThread(later: Durations, options?: QueueSimulationOptions): Promise<QueueSimulation> {
    const test = await afterShortRuns(later, options, { ...TIMER, concurrency: 10 })
    test.simulation.threads = 'one'
    return test
  }

  it('they are active, and the thread performs one after another in the order in which they were taken', async () => {
    const test = await onOneThread(() => 1)
    test.take()
    expect(test.ledger()).toMatchObject({ taken: 20, active: 4, pending: 0 })
    await test.simulation.advance(4)
    expect(test.ledger()).toMatchObject({ taken: 20, active: 0, returned: 0, runs: { completed: 20 } })
    const [first, ...others] = test.simulation.runs.slice(16)
    expect(others.map(({ start }) => start - first!.start)).toEqual([1, 2, 3])
    const dues = test.simulation.runs.map(({ due }) => due)
    expect(dues).toEqual([...dues].sort((one, other) => one - other))
    expect(test.simulation.imbalance).toBe(0)
  })

  it('as many are handed over as the concurrency of the method allows, and the others wait', async () => {
    const test = await afterShortRuns(() => 1, undefined, { ...TIMER, concurrency: 3 })
    test.simulation.threads = 'one'
    test.take()
    expect(test.ledger()).toMatchObject({ active: 3, pending: 1 })
    await test.simulation.advance(4)
    expect(test.ledger()).toMatchObject({ active: 0, pending: 0, runs: { completed: 20 } })
  })

  it('behind a run that takes long they are returned after 200 ms although the thread is busy, each once (invariants 1 and 6)', async () => {
    const test = await onOneThread(() => 2_000)
    test.take()
    await test.simulation.advance(190)
    expect(test.ledger()).toMatchObject({ active: 4, returned: 0 })
    await test.simulation.advance(20)
    expect(test.ledger()).toMatchObject({ active: 1, pending: 0, returned: 3 })
    expect(test.queue.settlements.slice(16).map(({ settlement }) => settlement.kind)).toEqual(Array(3).fill('returned'))
    expect(test.saturated).toEqual([])
    expect(aheadIn(test)).toBe(0)
    await test.simulation.advance(2_000)
    expect(test.ledger()).toMatchObject({ taken: 20, active: 0, returned: 3, runs: { completed: 17 } })
    expect(test.simulation.runs).toHaveLength(17)
    expect(test.queue.settlements).toHaveLength(20)
  })

  it('after that, no ticket is handed to a thread that is not idle (invariant 7)', async () => {
    const test = await onOneThread(() => 2_000)
    test.take()
    await test.simulation.advance(250)
    test.room = 3
    test.take()
    expect(test.ledger()).toMatchObject({ taken: 22, active: 1, pending: 2 })
  })

  it('one that is to run at most once waits until the thread is idle, also behind tickets that are not (invariant 7)', async () => {
    const test = await onOneThread(() => 100)
    const { taking } = test.simulation.tickets!
    const [first, second, third] = [test.queue.take()!, test.queue.take()!, test.queue.take()!]
    taking.take(first)
    taking.take(second)
    expect(test.ledger()).toMatchObject({ active: 2, pending: 0 })
    taking.take({ ...third, ticket: { ...third.ticket, atMostOnce: true } })
    expect(test.ledger()).toMatchObject({ active: 2, pending: 1 })
  })

  it('a ticket that waits because of the concurrency of the method is not handed to the thread instead of one that was taken back', async () => {
    const test = await afterShortRuns(() => 5_000, undefined, { ...TIMER, concurrency: 3 })
    test.simulation.threads = 'one'
    test.take()
    expect(test.ledger()).toMatchObject({ active: 3, pending: 1 })
    await test.simulation.advance(190)
    expect(test.ledger()).toMatchObject({ active: 3, pending: 1, returned: 0 })
    await test.simulation.advance(60)
    expect(test.ledger()).toMatchObject({ active: 1, pending: 0, returned: 3 })
  })

  it('a stop returns them at once, and the run in progress completes (invariant 5)', async () => {
    const test = await onOneThread(() => 50)
    test.take()
    await test.simulation.advance(1)
    void test.simulation.stopper.stop()
    expect(test.ledger()).toMatchObject({ active: 1, returned: 3 })
    await test.simulation.advance(100)
    expect(test.ledger()).toMatchObject({ taken: 20, active: 0, returned: 3, runs: { completed: 17 } })
    expect(test.simulation.imbalance).toBe(0)
  })

  it('they are returned when their locks are nearly over, before the thread gets to them (invariant 3)', async () => {
    const test = await onOneThread(() => 10, { lock: 3_000_000 })
    test.take()
    await test.simulation.advance(1)
    await test.simulation.clock.stall(2_000_000)
    await test.simulation.advance(100)
    expect(test.ledger()).toMatchObject({ taken: 20, active: 0, returned: 3, runs: { completed: 17 } })
  })
})
