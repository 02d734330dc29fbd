/** What keeps a leader that does not know that it is one no longer from doing harm, and what the checker says where nothing does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../support/servers/server-process.js'
import { backend } from './support/backends.js'
import { TestCluster } from './support/test-cluster.js'

const store = await backend('redis')

/** One of scope `leader`, one of scope `cluster`. */
const ENTRYPOINTS = ['writer.write', 'ticks.quick']

describe.skipIf(!store)('instances that know nothing of each other', () => {
  it('instances that know nothing of each other all lead and run every tick, and the checker finds it', async () => {
    const server = await store!.start()
    onTestFinished(() => server.stop())
    const cluster = await TestCluster.start({
      server,
      modules: ['coordinated-leader.mjs', 'coordinated-ticks.mjs'],
      size: 2,
      settings: (node) => [`escapement.coordination.namespace=alone_${node}`],
    })
    onTestFinished(() => cluster.close())
    for (const entrypoint of ENTRYPOINTS) {
      await cluster.eventLog.next(`both run a tick of ${entrypoint}`, () => {
        const ticks = cluster.eventLog.items.flatMap((entry) => {
          return entry.kind === 'end' && entry.entrypoint === entrypoint ? entry.dueTime : []
        })
        return new Set(ticks).size < ticks.length
      })
    }
    await cluster.stop()
    const rules = new Set(cluster.violations.map(({ rule }) => rule))
    expect([...rules]).toEqual(expect.arrayContaining(['tick_twice', 'leaders_overlap']))
    const twice = cluster.violations.filter(({ rule }) => rule === 'tick_twice').map(({ detail }) => detail)
    for (const entrypoint of ENTRYPOINTS) {
      expect(twice).toContainEqual(expect.stringContaining(entrypoint))
    }
  })
})

describe.skipIf(!store)('a leader that was frozen until another had taken over', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await store!.start()
  })
  afterAll(() => server?.stop())

  async function start(module: string): Promise<TestCluster> {
    const cluster = await TestCluster.start({ server, modules: [module], size: 2 })
    onTestFinished(() => cluster.close())
    return cluster
  }

  it('learns from its lease in a loop that never yields, and writes nothing more', async () => {
    const cluster = await start('coordinated-loop.mjs')
    const leader = await cluster.nextLeader()
    const { run, letGo } = await cluster.register.holdNextRun(leader.name)
    const taken = cluster.nextLeader([leader])
    letGo()
    // It computes for six times as long.
    await sleep(50)
    leader.freeze()
    await taken
    const thawedAt = leader.thaw()
    const aborted = await cluster.eventLog.first(
      'the job aborts',
      ({ kind, instance }) => kind === 'aborted' && instance === leader.name,
    )
    expect(aborted).toMatchObject({ dueTime: run.dueTime, token: run.token })
    await leader.says('that it has lost', ({ msg }) => msg === 'lease lost')
    await cluster.stop()
    const late = cluster.eventLog.items.filter(
      (entry) => entry.kind === 'write' && entry.instance === leader.name && entry.at > thawedAt,
    )
    expect(late).toEqual([])
    expect(cluster.violations).toEqual([])
  })

  it('would overwrite what the other wrote, if the storage took no notice of tokens; the checker finds it', async () => {
    const cluster = await start('coordinated-leader.mjs')
    cluster.register.isFencing = false
    const leader = await cluster.nextLeader()
    const { run, letGo } = await cluster.register.holdNextRun(leader.name)
    const taken = cluster.nextLeader([leader])
    leader.freeze()
    const next = await taken
    leader.thaw()
    letGo()
    await cluster.eventLog.first('the stale write', (entry) => entry.kind === 'write' && entry.dueTime === run.dueTime)
    await cluster.stop()
    expect(cluster.violations).toEqual([
      { rule: 'stale_write', detail: expect.stringContaining(`took ${run.token} of ${leader.name}`) },
    ])
    expect(next.name).not.toBe(leader.name)
  })
})
