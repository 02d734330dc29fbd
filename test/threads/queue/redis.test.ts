/** Scope queue with two supervisors and the queue threads over a real Redis. */
import { describe, expect, it } from 'vitest'
import { findServer } from '../../support/servers/find-server.js'
import { startRedis } from '../../support/servers/redis.js'

const program = await findServer('redis-server')

import { supervise } from '../../support/supervised.js'

describe.skipIf(!program)('two supervisors over one Redis', () => {
  it('each tick of scope queue is run once by one of them', { timeout: 60_000 }, async () => {
    const server = await startRedis(program!)
    const config = { escapement: { coordination: { url: server.url, profile: 'fast' as const }, services: {} } }
    const both = await Promise.all([supervise(['queued.ts'], { config }), supervise(['queued.ts'], { config })])
    const completed = (id: string) =>
      both.flatMap(({ runs }) => runs.filter(({ entrypoint, outcome }) => entrypoint === id && outcome === 'completed'))
    await Promise.race(both.map((one) => one.nthRun('queued.work', 15)))
    await Promise.race(both.map((one) => one.nthRun('flaky.fails', 2)))
    await Promise.all(both.map((one) => one.stop()))
    const due = completed('queued.work').map(({ dueWall }) => dueWall)
    expect(due.length).toBeGreaterThanOrEqual(15)
    expect(new Set(due).size).toBe(due.length)
    const ledgers = both.map((one) => one.ledger('queued.work'))
    const sum = (of: (ledger: (typeof ledgers)[number]) => number) => ledgers.reduce((all, one) => all + of(one), 0)
    expect(sum(({ taken }) => taken)).toBe(sum(({ returned, runs }) => returned + runs.completed))
    expect(sum(({ handedOver }) => handedOver)).toBeGreaterThanOrEqual(due.length)
    await server.stop()
  })
})
