import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../support/servers/server-process.js'
import { backend } from './support/backends.js'
import { Fleet } from './support/fleet.js'
import type { Instance } from './support/instance.js'

const store = await backend('redis')

describe.skipIf(!store)('a leader whose wall clock is set', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await store!.start()
  })
  afterAll(() => server?.stop())

  async function start(): Promise<{ fleet: Fleet; leader: Instance }> {
    const options = { modules: ['coordinated-leader.mjs'], preload: 'coordinated-clock.mjs', size: 2 }
    const fleet = await Fleet.start({ server, ...options })
    onTestFinished(() => fleet.close())
    return { fleet, leader: await fleet.nextLeader() }
  }

  function epochs({ instances }: Fleet): bigint[] {
    return instances
      .flatMap(({ lines }) => lines.items.filter(({ msg }) => msg === 'lease acquired'))
      .map(({ epoch }) => BigInt(String(epoch)))
      .sort((a, b) => Number(a - b))
  }

  it('forward takes its lease for expired: it stops, and whoever leads then does so under a higher epoch', async () => {
    const { fleet, leader } = await start()
    leader.signal('SIGUSR2')
    await leader.says('that it has lost', ({ msg, cause }) => msg === 'lease lost' && cause === 'expired')
    await fleet.nextLeader()
    const [before, after] = epochs(fleet) as [bigint, bigint]
    expect(after).toBeGreaterThan(before)
    await fleet.stop()
    expect(fleet.violations).toEqual([])
  })

  it('back goes on, by the clock that cannot be set', async () => {
    const { fleet, leader } = await start()
    leader.signal('SIGHUP')
    await leader.says('that its clock has jumped', ({ msg, direction }) => {
      return msg === 'clock jumped' && direction === 'backward'
    })
    await fleet.nextLeader()
    expect(fleet.leaders).toEqual([leader])
    expect(epochs(fleet)).toHaveLength(1)
    await fleet.stop()
    expect(fleet.violations).toEqual([])
  })
})
