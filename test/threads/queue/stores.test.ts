/** Scope queue with two supervisors and their queue threads over real stores. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { backend } from '../../faults/support/backends.js'
import { supervise } from '../../support/supervised.js'

describe.each(['redis', 'postgres'] as const)('two supervisors over %s', async (name) => {
  const store = await backend(name)

  it.skipIf(!store)('each tick of scope queue is run once by one of them, and all tickets are settled', async () => {
    const server = await store!.start()
    onTestFinished(() => server.stop())
    const coordination = { url: server.url, profile: 'fast' as const }
    const config = { escapement: { coordination, queue: { lock: '10s' }, services: {} } }
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
  })
})
