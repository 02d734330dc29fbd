/** Ticks of scope queue on their way to the queue. The numbers are those of the invariants in src/dispatch/offering/offering.ts. */
import { describe, expect, it } from 'vitest'
import { QueueSimulation, queued } from '../../support/queue-simulation.js'
import { timerDefinition } from '../../support/timer.js'

describe('the offering of ticks', () => {
  it('a tick of scope queue is handed over at its due moment under an id that all instances compute alike', async () => {
    const test = new QueueSimulation([queued()], () => 10, { room: 0 })
    test.simulation.scheduler.start()
    await test.advance(150)
    const due = Date.UTC(2026, 0, 5) * 1_000 + 100_000
    expect(test.kept).toEqual([`svc.work@${due}us`])
    expect(test.ledger()).toMatchObject({ due: 1, handedOver: 1, pending: 0, active: 0 })
  })

  it('a tick that the queue has not answered is pending (invariant 1)', async () => {
    const test = new QueueSimulation([queued({ startDeadline: 1_000_000 })], () => 10, { room: 0 })
    test.queue.store = 'down'
    test.simulation.scheduler.start()
    await test.advance(150)
    expect(test.ledger()).toMatchObject({ due: 1, handedOver: 0, pending: 1 })
    test.queue.store = 'up'
    await test.advance(40)
    expect(test.ledger()).toMatchObject({ due: 1, handedOver: 1, pending: 0 })
  })

  it('a tick whose offer was not answered within its start deadline is skipped as claim_unknown', async () => {
    const test = new QueueSimulation([queued({ startDeadline: 50_000 })], () => 10, { room: 0 })
    test.queue.store = 'mute'
    test.simulation.scheduler.start()
    await test.advance(190)
    expect(test.ledger()).toMatchObject({ due: 1, handedOver: 0, pending: 0, skipped: { claim_unknown: 1 } })
  })

  it('an instance that does not hold the lease of the hand-over skips its ticks as not_leader', async () => {
    const test = new QueueSimulation([queued()], () => 10)
    test.simulation.holdsLease = false
    test.simulation.scheduler.start()
    await test.advance(250)
    expect(test.ledger()).toMatchObject({ due: 2, handedOver: 0, skipped: { not_leader: 2 } })
  })

  it('with overlap skip, a tick is skipped as running while an earlier ticket of the lane has not ended anywhere', async () => {
    const test = new QueueSimulation([queued()], () => 10, { room: 0 })
    test.simulation.scheduler.start()
    await test.advance(350)
    expect(test.ledger()).toMatchObject({ due: 3, handedOver: 1, skipped: { running: 2 } })
  })

  it('with overlap wait, the next tick is pending until a later one takes its place (invariant 4)', async () => {
    const test = new QueueSimulation([queued({ overlap: 'wait' })], () => 10, { room: 0 })
    test.simulation.scheduler.start()
    await test.advance(250)
    expect(test.ledger()).toMatchObject({ due: 2, handedOver: 1, pending: 1, skipped: {} })
    await test.advance(100)
    expect(test.ledger()).toMatchObject({ due: 3, handedOver: 1, pending: 1, skipped: { superseded: 1 } })
  })

  it('with overlap wait, the next tick was handed over when the queue names another holder (invariant 4)', async () => {
    const test = new QueueSimulation([queued({ overlap: 'wait' })], () => 120)
    test.simulation.scheduler.start()
    await test.advance(1_050)
    const { due, handedOver, pending, skipped } = test.ledger()
    expect(handedOver + pending + (skipped.superseded ?? 0)).toBe(due)
    expect(test.simulation.ended.length).toBeGreaterThanOrEqual(7)
    expect(test.simulation.imbalance).toBe(0)
  })

  it('a lane has one unanswered offer; the tick that waits for the answer is replaced by a newer one (invariants 2, 3)', async () => {
    const test = new QueueSimulation([queued({ startDeadline: 1_000_000 })], () => 10, { room: 0 })
    test.queue.store = 'down'
    test.simulation.scheduler.start()
    await test.advance(450)
    expect(test.ledger()).toMatchObject({ due: 4, pending: 2, skipped: { superseded: 2 } })
  })

  it('with overlap allow, as many offers as the concurrency are unanswered at once (invariant 2)', async () => {
    const options = { overlap: 'allow', concurrency: 3, startDeadline: 1_000_000 } as const
    const test = new QueueSimulation([queued(options)], () => 10, { room: 0 })
    test.queue.store = 'down'
    test.simulation.scheduler.start()
    await test.advance(550)
    expect(test.ledger()).toMatchObject({ due: 5, pending: 4, skipped: { superseded: 1 } })
  })

  it('the loss of the lease ends what waits, hands over what is next, and leaves unanswered offers alone (invariant 5)', async () => {
    const test = new QueueSimulation([queued({ overlap: 'wait', startDeadline: 2_000_000 })], () => 10, { room: 0 })
    test.simulation.scheduler.start()
    await test.advance(250)
    test.queue.store = 'down'
    await test.advance(200)
    expect(test.ledger()).toMatchObject({ due: 4, handedOver: 1, pending: 3 })
    test.simulation.holdsLease = false
    await test.simulation.stopper.loseLease('svc/queue')
    expect(test.ledger()).toMatchObject({ handedOver: 2, pending: 1, skipped: { not_leader: 1 } })
    test.queue.store = 'up'
    await test.advance(40)
    expect(test.ledger()).toMatchObject({ handedOver: 3, pending: 0 })
  })

  it('a stop waits for the answers to offers, and gives them up at the end of the drain (invariant 6)', async () => {
    const test = new QueueSimulation([queued({ startDeadline: 10_000_000 })], () => 10, { room: 0 })
    test.queue.store = 'down'
    test.simulation.scheduler.start()
    await test.advance(250)
    let isStopped = false
    void test.simulation.stopper.stop().then(() => {
      isStopped = true
    })
    await test.advance(100)
    expect([isStopped, test.ledger().pending]).toEqual([false, 1])
    test.simulation.stopper.abortAll('stopping')
    await test.advance(10)
    expect(isStopped).toBe(true)
    expect(test.ledger()).toMatchObject({ pending: 0, skipped: { claim_unknown: 1, stopping: 2 } })
  })

  it('late ticks of missed all are offered one after the other, as soon as their lane is free', async () => {
    const test = new QueueSimulation([queued({ missed: 'all', startDeadline: 10_000_000 })], () => 20)
    test.simulation.scheduler.start()
    await test.advance(50)
    await test.simulation.clock.stall(300_000)
    await test.advance(3_000)
    test.simulation.scheduler.stop()
    await test.advance(1_000)
    expect(
      test.simulation.ended.filter(({ outcome }) => outcome === 'completed').map(({ dueWall }) => dueWall % 1_000),
    ).toEqual(expect.arrayContaining([100, 200, 300]))
    expect(test.ledger()).toMatchObject({ pending: 0, active: 0 })
    expect(test.simulation.imbalance).toBe(0)
  })

  it('a tick by hand is offered by any instance, ignores the pause, and has an id of its own', async () => {
    const test = new QueueSimulation([queued()], () => 10, { room: 0 })
    const [timer] = test.simulation.timers
    test.simulation.holdsLease = false
    timer!.isPaused = true
    expect(test.simulation.ticks.trigger(timer!)).toBe('offered')
    await test.advance(20)
    expect(test.ledger()).toMatchObject({ due: 1, handedOver: 1 })
    expect(test.kept[0]).toMatch(/001us$/)
  })

  it('without a timer of scope queue the ticks go straight to the admission', () => {
    const test = new QueueSimulation([timerDefinition()], () => 10)
    expect(test.simulation.ticks).toBe(test.simulation.admission)
    expect(test.simulation.tickets).toBeUndefined()
  })
})
