/** Scope queue with two supervisors and their queue threads over real stores. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../coordinate/until.js'
import { backend } from '../../faults/support/backends.js'
import { supervise } from '../../support/supervised.js'

/** Parts of the answers of `/readyz`, `/api/status` and `why`. */
interface Answer {
  readonly problems: readonly { readonly kind: string }[]
  readonly verdict: { readonly problems: readonly object[] }
  readonly sentences: readonly string[]
}

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

  it.skipIf(!store)(
    'an instance that never offers says that no instance hands ticks over, until one does',
    async () => {
      const server = await store!.start()
      onTestFinished(() => server.stop())
      const coordination = { url: server.url, profile: { ttl: 2, renewDeadline: 0.7, retry: 0.2 } }
      const config = (offer: boolean) => ({ escapement: { coordination, queue: { lock: '10s', offer } } })
      const worker = await supervise(['queued.ts'], { config: config(false), http: { port: 0 } })
      const { url } = worker.supervisor
      const ask = async (path: string) => (await (await fetch(new URL(path, url))).json()) as Answer
      const isTold = async () => {
        const { problems } = await ask('/readyz')
        return problems.some(({ kind }) => kind === 'not_offered')
      }
      await until(isTold, (found) => found)
      const told = { entrypoint: 'queued.work', kind: 'not_offered', level: 'critical' }
      expect((await ask('/api/status')).verdict).toMatchObject({
        level: 'critical',
        problems: expect.arrayContaining([expect.objectContaining(told)]),
      })
      expect((await ask('/api/entrypoints/queued.work/why')).sentences[0]).toMatch(
        /^queued\.work is handed over to the queue by no instance: none has held the lease queued\/queue since /,
      )
      const [line] = worker.log.matching({ msg: 'queue failing', code: 'ERR_QUEUE_NOT_OFFERED' })
      expect(line).toMatchObject({ level: 40 })
      await supervise(['queued.ts'], { config: config(true) })
      await until(isTold, (found) => !found)
      await worker.nthRun('queued.work', 1)
      expect((await ask('/api/status')).verdict.problems).not.toContainEqual(expect.objectContaining(told))
    },
  )
})
