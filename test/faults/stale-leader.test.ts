/** What keeps a leader that does not know that it is one no longer from doing harm, and what the checker says where nothing does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../support/servers/server-process.js'
import { backend } from './support/backends.js'
import { Fleet } from './support/fleet.js'

const store = await backend('redis')

/** One of scope `leader`, one of scope `cluster`. */
const ENTRYPOINTS = ['writer.write', 'slots.quick']

describe.skipIf(!store)('instances that know nothing of each other', () => {
  it('all lead and run every slot; the checker finds it', async () => {
    const server = await store!.start()
    onTestFinished(() => server.stop())
    const fleet = await Fleet.start({
      server,
      modules: ['coordinated-leader.mjs', 'coordinated-slots.mjs'],
      size: 2,
      settings: (seat) => [`escapement.coordination.namespace=alone_${seat}`],
    })
    onTestFinished(() => fleet.close())
    for (const entrypoint of ENTRYPOINTS) {
      await fleet.chronicle.next(`both run a slot of ${entrypoint}`, () => {
        const slots = fleet.chronicle.items.flatMap((entry) => {
          return entry.kind === 'end' && entry.entrypoint === entrypoint ? entry.slot : []
        })
        return new Set(slots).size < slots.length
      })
    }
    await fleet.stop()
    const rules = new Set(fleet.violations.map(({ rule }) => rule))
    expect([...rules]).toEqual(expect.arrayContaining(['slot_twice', 'leaders_overlap']))
    const twice = fleet.violations.filter(({ rule }) => rule === 'slot_twice').map(({ detail }) => detail)
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

  async function start(module: string): Promise<Fleet> {
    const fleet = await Fleet.start({ server, modules: [module], size: 2 })
    onTestFinished(() => fleet.close())
    return fleet
  }

  it('learns from its lease in a loop that never yields, and writes nothing more', async () => {
    const fleet = await start('coordinated-loop.mjs')
    const leader = await fleet.nextLeader()
    const { run, letGo } = await fleet.register.holdNextRun(leader.name)
    const taken = fleet.nextLeader([leader])
    letGo()
    // It computes for six times as long.
    await sleep(50)
    leader.freeze()
    await taken
    const thawedAt = leader.thaw()
    const aborted = await fleet.chronicle.first(
      'the job aborts',
      ({ kind, instance }) => kind === 'aborted' && instance === leader.name,
    )
    expect(aborted).toMatchObject({ slot: run.slot, token: run.token })
    await leader.says('that it has lost', ({ msg }) => msg === 'lease lost')
    await fleet.stop()
    const late = fleet.chronicle.items.filter(
      (entry) => entry.kind === 'write' && entry.instance === leader.name && entry.at > thawedAt,
    )
    expect(late).toEqual([])
    expect(fleet.violations).toEqual([])
  })

  it('would overwrite what the other wrote, if the storage took no notice of tokens; the checker finds it', async () => {
    const fleet = await start('coordinated-leader.mjs')
    fleet.register.isFencing = false
    const leader = await fleet.nextLeader()
    const { run, letGo } = await fleet.register.holdNextRun(leader.name)
    const taken = fleet.nextLeader([leader])
    leader.freeze()
    const next = await taken
    leader.thaw()
    letGo()
    await fleet.chronicle.first('the stale write', (entry) => entry.kind === 'write' && entry.slot === run.slot)
    await fleet.stop()
    expect(fleet.violations).toEqual([
      { rule: 'stale_write', detail: expect.stringContaining(`took ${run.token} of ${leader.name}`) },
    ])
    expect(next.name).not.toBe(leader.name)
  })
})
