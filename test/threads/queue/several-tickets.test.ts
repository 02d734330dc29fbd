/** Tickets of short runs, of which a thread is handed several at a time. Each test ends by asserting that the ledgers close. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../dist/src/kernel/clock.js'
import { openQueue } from '../../../dist/src/queue/open-queue.js'
import { makeTicket } from '../../queue/make-ticket.js'
import { LOCK, type QueueEngine, queueEngine } from '../../support/queue-engine.js'
import { fixture } from '../../support/supervised.js'

const TICKETS = 200

/** Runs 200 tickets of an entrypoint, which are in the queue from the start. `mostActive`: of its runs at one time. */
async function afterAll(id: string): Promise<{ readonly test: QueueEngine; readonly mostActive: number }> {
  const nothing = () => {}
  const options = { url: 'memory:', namespace: randomUUID(), lock: LOCK, retain: 3_600_000_000, clock: systemClock() }
  const queue = await openQueue({ ...options, onDiscarded: nothing, onError: nothing })
  for (let count = 0; count < TICKETS; count++) {
    await queue.offer(makeTicket(id.split('.')[0]!, { entrypoint: id, lane: id, overlap: 'allow' }))
  }
  const test = await queueEngine(async () => queue, { modules: [fixture('queued-short.mjs')] })
  let mostActive = 0
  await test.until(() => {
    mostActive = Math.max(mostActive, test.ledger(id).active)
    return test.runs.length >= TICKETS
  })
  await test.stop()
  expect(test.runs).toHaveLength(TICKETS)
  const { taken, returned } = test.ledger(id)
  expect(taken - returned).toBe(TICKETS)
  return { test, mostActive }
}

describe('the tickets of short runs, on a service with one thread', () => {
  it('several are on the thread, which performs one after another, also when their method awaits something', async () => {
    const { test, mostActive } = await afterAll('awaiting.turns')
    expect(mostActive).toBeGreaterThan(1)
    expect(test.log.matching({ msg: 'two runs at a time' })).toEqual([])
    expect(test.ledger('awaiting.turns').runs).toMatchObject({ completed: TICKETS, failed: 0, crashed: 0 })
  })

  it('when the thread ends, the run in progress is crashed, and the tickets behind it are returned and run once', async () => {
    const { test, mostActive } = await afterAll('ending.exits')
    expect(mostActive).toBeGreaterThan(1)
    const threads = Math.ceil(TICKETS / 81)
    expect(test.ledger('ending.exits').runs).toMatchObject({
      completed: TICKETS - (threads - 1),
      crashed: threads - 1,
    })
    expect(test.returned.map(({ reason }) => reason)).toContain('saturated')
  })

  it('tickets behind a run that takes long are returned while it runs, and are run later, each once', async () => {
    const { test } = await afterAll('seldom-long.computes')
    expect(test.ledger('seldom-long.computes').runs).toMatchObject({ completed: TICKETS })
    expect(test.returned.map(({ reason }) => reason)).toContain('saturated')
  })
})
