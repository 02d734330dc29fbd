/** Tickets that this instance takes. The numbers are those of the invariants in src/dispatch/taking/taking.ts. */
import { describe, expect, it } from 'vitest'
import type { HeldTicket } from '../../../src/kernel/ticket.js'
import { QueueSimulation, queued } from '../../support/queue-simulation.js'

const RETRY = { attempts: 3, backoff: { initial: 50_000, factor: 1, max: 50_000, jitter: 0 } }
/** One tick in the time of a test. */
const SELDOM = { schedule: { kind: 'interval', interval: 60_000_000, align: true }, startDeadline: 1_000_000 } as const

/** A simulation in which a tick was triggered by hand, and its ticket waits in the queue. */
async function withTicket(...args: ConstructorParameters<typeof QueueSimulation>): Promise<QueueSimulation> {
  const test = new QueueSimulation(...args)
  test.simulation.ticks.trigger(test.simulation.timers[0]!)
  await test.simulation.advance(5)
  return test
}

const settlements = (test: QueueSimulation) => test.queue.settlements.map(({ settlement }) => settlement.kind)

describe('the taking of tickets', () => {
  it('a ticket runs on an idle thread and is settled as completed, once (invariant 1)', async () => {
    const test = await withTicket([queued(SELDOM)], () => 30)
    test.take()
    expect(test.ledger()).toMatchObject({ taken: 1, active: 1 })
    await test.advance(100)
    expect(test.ledger()).toMatchObject({ due: 1, handedOver: 1, taken: 1, active: 0, runs: { completed: 1 } })
    expect(settlements(test)).toEqual(['completed'])
  })

  it('a failed attempt goes back to the queue while there are attempts left, and the last one fails for good', async () => {
    const test = await withTicket([queued({ ...SELDOM, retry: RETRY })], () => ({ takes: 10, fails: true }))
    await test.advance(500)
    expect(test.ledger()).toMatchObject({ taken: 3, returned: 2, runs: { failed: 1 } })
    expect(test.queue.settlements.map(({ settlement }) => settlement)).toMatchObject([
      { kind: 'failed', retry: true },
      { kind: 'failed', retry: true },
      { kind: 'failed', retry: false },
    ])
    expect(test.simulation.ended).toMatchObject([{ outcome: 'failed', attempt: 3 }])
  })

  it('a crash ends a ticket for good', async () => {
    const test = await withTicket([queued({ ...SELDOM, retry: RETRY })], () => ({ takes: 10, crashes: true }))
    await test.advance(300)
    expect(test.ledger()).toMatchObject({ taken: 1, returned: 0, runs: { crashed: 1 } })
    expect(test.queue.settlements).toMatchObject([{ settlement: { kind: 'failed', retry: false } }])
  })

  it('a time-out ends a ticket for good', async () => {
    const timer = queued({ ...SELDOM, retry: RETRY, timeout: 50_000 })
    const test = await withTicket([timer], () => ({ takes: 1_000, stopsIn: 5 }))
    await test.advance(300)
    expect(test.ledger()).toMatchObject({ taken: 1, runs: { timed_out: 1 } })
    expect(test.queue.settlements).toMatchObject([{ settlement: { kind: 'failed', retry: false } }])
  })

  it('a ticket whose start deadline has passed is skipped as missed and settled as expired', async () => {
    const test = new QueueSimulation([queued({ ...SELDOM, startDeadline: 50_000 })], () => 10, {
      room: 0,
    })
    test.simulation.scheduler.start()
    await test.simulation.advance(60_010)
    await test.simulation.advance(60)
    test.room = 1
    test.take()
    expect(test.ledger()).toMatchObject({ taken: 1, skipped: { missed: 1 } })
    expect(settlements(test)).toEqual(['expired'])
  })

  it('a ticket whose start deadline passes on its thread before the method is called is settled as expired, once (invariant 1)', async () => {
    const test = new QueueSimulation([queued({ ...SELDOM, startDeadline: 50_000 })], () => 10, { room: 0 })
    test.simulation.threadDelay = 80
    test.simulation.scheduler.start()
    await test.simulation.advance(60_010)
    test.room = 1
    test.take()
    expect(test.ledger()).toMatchObject({ taken: 1, active: 1 })
    await test.simulation.advance(100)
    expect(test.ledger()).toMatchObject({ taken: 1, active: 0, skipped: { missed: 1 }, runs: {} })
    expect(settlements(test)).toEqual(['expired'])
    expect(test.simulation.runs).toEqual([])
  })

  it('a ticket whose taker died runs though its start deadline has passed, because it had begun in time', async () => {
    const test = new QueueSimulation([queued({ ...SELDOM, startDeadline: 50_000 })], () => 10, {
      room: 0,
      lock: 2_000_000,
    })
    test.simulation.scheduler.start()
    await test.simulation.advance(60_010)
    expect(test.queue.take()).toMatchObject({ delivery: 1, redelivered: false })
    test.queue.renews = false
    await test.advance(2_500)
    test.room = 1
    test.queue.renews = true
    await test.advance(100)
    expect(test.queue.taken[1]).toMatchObject({ delivery: 2, redelivered: true })
    expect(test.ledger()).toMatchObject({ taken: 1, runs: { completed: 1 } })
  })

  it('a ticket waits for a thread as pending, and goes back when none is free in time (invariant 2)', async () => {
    const test = await withTicket([queued(SELDOM)], () => 10)
    test.simulation.threads = 'busy'
    await test.advance(1_000)
    expect(test.ledger()).toMatchObject({ taken: 1, pending: 1, returned: 0 })
    test.room = 0
    await test.advance(1_100)
    expect(test.ledger()).toMatchObject({ taken: 1, pending: 0, returned: 1 })
    expect(test.saturated).toEqual(['svc'])
    test.simulation.threads = 'idle'
    test.room = 1
    await test.advance(100)
    expect(test.ledger()).toMatchObject({ taken: 2, returned: 1, runs: { completed: 1 } })
  })

  it('a method in quarantine gives its tickets back', async () => {
    const timer = queued({ overlap: 'allow', concurrency: 4, startDeadline: 60_000_000 })
    const test = new QueueSimulation([timer], () => ({ takes: 10, crashes: true }))
    test.simulation.scheduler.start()
    await test.advance(350)
    test.simulation.scheduler.stop()
    await test.advance(100)
    expect(test.ledger().runs).toEqual({ crashed: 3 })
    test.simulation.ticks.trigger(test.simulation.timers[0]!)
    await test.simulation.advance(5)
    test.take()
    expect(test.ledger()).toMatchObject({ taken: 4, returned: 1 })
    expect(settlements(test).at(-1)).toBe('returned')
  })

  it('a run is aborted when its lock ends within the grace and a second, and its ticket goes back (invariant 3)', async () => {
    const test = await withTicket([queued(SELDOM)], () => ({ takes: 60_000, stopsIn: 20 }), { lock: 3_000_000 })
    await test.advance(1_000)
    expect(test.ledger()).toMatchObject({ active: 1 })
    test.queue.renews = false
    test.room = 0
    // 0.99 of the lock, without the grace of 100 ms and the second of a kill: 1.87 s after the last renewal.
    await test.advance(1_800)
    expect(test.ledger()).toMatchObject({ active: 1, returned: 0 })
    await test.advance(150)
    expect(test.ledger()).toMatchObject({ active: 0, returned: 1 })
    expect(settlements(test)).toEqual(['returned'])
  })

  it('a ticket whose lock is nearly over goes back at once and does not begin to run (invariant 3)', async () => {
    const test = await withTicket([queued({ ...SELDOM, startDeadline: 60_000_000 })], () => 10, { lock: 3_000_000 })
    const held = test.queue.take()!
    await test.simulation.advance(2_000)
    test.simulation.tickets!.taking.take(held)
    expect(test.ledger()).toMatchObject({ taken: 1, active: 0, returned: 1 })
  })

  it('a run that was handed to its thread before a freeze does not begin when the lock ends too soon, and its ticket goes back (invariant 3)', async () => {
    const test = await withTicket([queued({ ...SELDOM, startDeadline: 60_000_000 })], () => 10, { lock: 3_000_000 })
    test.simulation.threadDelay = 80
    test.take()
    expect(test.ledger()).toMatchObject({ active: 1 })
    test.room = 0
    // Of the 2.97 s for which the lock is relied on, the grace of 100 ms and the second of a kill are left.
    await test.simulation.clock.stall(1_870_000)
    await test.simulation.advance(100)
    expect(test.simulation.runs).toEqual([])
    expect(test.ledger()).toMatchObject({ taken: 1, active: 0, returned: 1, runs: {} })
    expect(settlements(test)).toEqual(['returned'])
  })

  it('a run that waits on its thread for longer than a lock begins when the lock was renewed meanwhile (invariant 3)', async () => {
    const timer = queued({ ...SELDOM, startDeadline: 60_000_000 })
    const test = await withTicket([timer], () => 10, { lock: 3_000_000 })
    test.simulation.threadDelay = 4_000
    await test.advance(4_500)
    expect(test.simulation.runs).toHaveLength(1)
    expect(test.ledger()).toMatchObject({ taken: 1, returned: 0, runs: { completed: 1 } })
  })

  it('a run is aborted within half a second when the store has given its lock away, long before the lock would have ended', async () => {
    const test = await withTicket([queued(SELDOM)], () => ({ takes: 60_000, stopsIn: 20 }), { lock: 60_000_000 })
    await test.advance(100)
    test.queue.giveAway(test.queue.taken[0]!)
    test.room = 0
    await test.advance(530)
    expect(test.ledger()).toMatchObject({ active: 0, returned: 1 })
    expect(test.queue.settlements).toMatchObject([{ settlement: { kind: 'returned' }, settled: 'refused' }])
  })

  it('a run whose lock is renewed goes on, whatever becomes of the lease of the hand-over (invariants 3, 4)', async () => {
    const test = await withTicket([queued(SELDOM)], () => 10_000, { lock: 3_000_000 })
    await test.advance(500)
    test.simulation.holdsLease = false
    await test.simulation.stopper.loseLease('svc/queue')
    await test.advance(10_000)
    expect(test.ledger()).toMatchObject({ taken: 1, runs: { completed: 1 } })
  })

  it('a settlement that the store refuses is counted, and the run keeps its outcome', async () => {
    const test = await withTicket([queued(SELDOM)], () => 2_000, { lock: 5_000_000 })
    await test.advance(100)
    test.queue.store = 'down'
    test.room = 0
    await test.simulation.clock.stall(6_000_000)
    await test.advance(100)
    expect(test.queue.settlements).toMatchObject([{ settled: 'refused' }])
    expect(test.simulation.imbalance).toBe(0)
  })

  it('a stop gives back what waits at once, lets runs end, and gives back what the end of the drain cuts off (invariant 5)', async () => {
    const timer = queued({ overlap: 'allow', concurrency: 1, startDeadline: 60_000_000 })
    const test = new QueueSimulation([timer], () => ({ takes: 5_000, stopsIn: 10 }), { room: 2 })
    test.simulation.scheduler.start()
    await test.advance(250)
    expect(test.ledger()).toMatchObject({ taken: 2, active: 1, pending: 1 })
    let isStopped = false
    test.simulation.scheduler.stop()
    void test.simulation.stopper.stop().then(() => {
      isStopped = true
    })
    expect(test.ledger()).toMatchObject({ active: 1, pending: 0, returned: 1 })
    await test.simulation.advance(100)
    expect(isStopped).toBe(false)
    test.simulation.stopper.abortAll('stopping')
    await test.simulation.advance(50)
    expect(isStopped).toBe(true)
    expect(test.ledger()).toMatchObject({ taken: 2, active: 0, returned: 2, runs: {} })
    expect(settlements(test)).toEqual(['returned', 'returned'])
  })

  it('with at-most-once delivery, a ticket that a stop has cut off fails for good', async () => {
    const test = await withTicket([queued(SELDOM)], () => ({ takes: 5_000, stopsIn: 10 }), { atMostOnce: true })
    test.take()
    await test.advance(50)
    void test.simulation.stopper.stop()
    test.simulation.stopper.abortAll('stopping')
    await test.simulation.advance(50)
    expect(test.ledger()).toMatchObject({ taken: 1, returned: 0, runs: { aborted: 1 } })
    expect(test.queue.settlements).toMatchObject([{ settlement: { kind: 'failed', retry: false } }])
  })

  it('a ticket that arrives after the stop goes back at once (invariant 5)', async () => {
    const test = await withTicket([queued(SELDOM)], () => 10)
    void test.simulation.stopper.stop()
    test.take()
    expect(test.ledger()).toMatchObject({ taken: 1, returned: 1, active: 0 })
  })

  it('a ticket of an unknown timer goes back after a while, not at once, and is told', async () => {
    const test = await withTicket([queued(SELDOM)], () => 10)
    const held = test.queue.take()!
    const stray: HeldTicket = { ...held, ticket: { ...held.ticket, entrypoint: 'svc.gone' } }
    test.simulation.tickets!.taking.take(stray)
    expect(test.strays).toEqual(['svc.gone'])
    expect(settlements(test)).toEqual([])
    await test.simulation.advance(2_100)
    expect(settlements(test)).toEqual(['returned'])
  })
})
