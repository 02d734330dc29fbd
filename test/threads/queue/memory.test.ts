/** Scope queue on real threads over a queue in memory. Each test ends by asserting that the ledgers close. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../dist/src/kernel/clock.js'
import { openQueue } from '../../../dist/src/queue/open-queue.js'
import { LOCK, type QueueEngine, queueEngine } from '../../support/queue-engine.js'

const clock = systemClock()

function memory() {
  const namespace = randomUUID()
  const nothing = () => {}
  const options = { url: 'memory:', namespace, lock: LOCK, retain: 3_600_000_000, clock }
  return () => openQueue({ ...options, onDiscarded: nothing, onError: nothing })
}

function completed({ runs }: QueueEngine, id: string): number {
  return runs.filter(({ entrypoint, outcome }) => entrypoint === id && outcome === 'completed').length
}

describe('scope queue on real threads', () => {
  it('each tick runs once, with a fence that belongs to it alone', async () => {
    const test = await queueEngine(memory())
    await test.until(() => completed(test, 'queued.work') >= 10)
    await test.stop()
    const { due, handedOver, taken, returned, runs, skipped } = test.ledger('queued.work')
    expect(handedOver + Object.values(skipped).reduce((sum, count) => sum + count, 0)).toBe(due)
    expect(runs.completed + returned).toBe(taken)
    const fences = test.log.matching({ msg: 'worked' }).map(({ ticket }) => ticket)
    expect(new Set(fences).size).toBe(fences.length)
    expect(fences.length).toBeGreaterThanOrEqual(10)
  })

  it('a failed attempt goes back to the queue until one succeeds', async () => {
    const test = await queueEngine(memory())
    await test.until(() => completed(test, 'flaky.fails') >= 2)
    await test.stop()
    const ended = test.runs.filter(({ entrypoint }) => entrypoint === 'flaky.fails')
    expect(ended.filter(({ outcome }) => outcome === 'completed').map(({ attempt }) => attempt)).toEqual(
      ended.filter(({ outcome }) => outcome === 'completed').map(() => 3),
    )
    expect(test.ledger('flaky.fails').returned).toBeGreaterThanOrEqual(4)
  })

  it('a run that ends its thread is crashed, and its ticket is not handed out again', async () => {
    const test = await queueEngine(memory())
    expect(test.engine.trigger('crashing.crashes')).toBe('offered')
    await test.until(() => test.runs.some(({ entrypoint }) => entrypoint === 'crashing.crashes'))
    await test.stop()
    expect(test.ledger('crashing.crashes')).toMatchObject({ taken: 1, returned: 0, runs: { crashed: 1 } })
  })

  it('a run that takes longer than its time-out is killed, and its ticket is not handed out again', async () => {
    const test = await queueEngine(memory())
    test.engine.trigger('slow.hangs')
    await test.until(() => test.runs.some(({ entrypoint }) => entrypoint === 'slow.hangs'))
    await test.stop()
    expect(test.ledger('slow.hangs')).toMatchObject({ taken: 1, returned: 0, runs: { timed_out: 1 } })
  })

  it('the signal of a run fires when the store has given its lock away, and the ticket goes back', async () => {
    const queue = await memory()()
    const test = await queueEngine(async () => queue)
    test.engine.trigger('slow.waits')
    await expect.poll(() => test.log.matching({ msg: 'waits' }).length).toBe(1)
    const renew = queue.renew.bind(queue)
    queue.renew = async (_service, locks) => ({ heldUntil: 0, lost: new Set(locks.map(({ token }) => token)) })
    await test.until(() => test.returned.some(({ entrypoint }) => entrypoint === 'slow.waits'))
    queue.renew = renew
    await test.stop()
    const [returned] = test.returned.filter(({ entrypoint }) => entrypoint === 'slow.waits')
    expect(returned).toMatchObject({
      reason: 'lock_lost',
      error: { code: 'ERR_ABORTED', message: 'slow.waits was aborted (lease_lost)' },
    })
  })

  it('a stop gives back the ticket of a run that does not end, and another instance takes it', async () => {
    const open = memory()
    const config = { escapement: { shutdown: { drain: '200ms' } } }
    const first = await queueEngine(open, { config })
    first.engine.trigger('slow.waits')
    await first.until(() => first.ledger('slow.waits').handedOver === 1)
    await first.until(() => first.ledger('slow.waits').active === 1)
    await first.stop()
    expect(first.returned.filter(({ entrypoint }) => entrypoint === 'slow.waits')).toMatchObject([
      { reason: 'stopping', delivery: 1 },
    ])
    const second = await queueEngine(open, { config })
    await second.until(() => second.ledger('slow.waits').active === 1)
    expect(second.ledger('slow.waits')).toMatchObject({ due: 0, taken: 1, active: 1 })
    await second.stop()
  })
})
