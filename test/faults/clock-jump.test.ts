import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../support/servers/server-process.js'
import { backend } from './support/backends.js'
import type { Instance } from './support/instance.js'
import { TestCluster } from './support/test-cluster.js'

const store = await backend('redis')

describe.skipIf(!store)('a leader whose wall clock is set', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await store!.start()
  })
  afterAll(() => server?.stop())

  async function start(): Promise<{ cluster: TestCluster; leader: Instance }> {
    const options = { modules: ['coordinated-leader.mjs'], preload: 'coordinated-clock.mjs', size: 2 }
    const cluster = await TestCluster.start({ server, ...options })
    onTestFinished(() => cluster.close())
    return { cluster, leader: await cluster.nextLeader() }
  }

  function epochs({ instances }: TestCluster): bigint[] {
    return instances
      .flatMap(({ lines }) => lines.items.filter(({ msg }) => msg === 'lease acquired'))
      .map(({ epoch }) => BigInt(String(epoch)))
      .sort((a, b) => Number(a - b))
  }

  it('a leader whose clock jumps forward treats its lease as expired and stops, and the next leader has a higher epoch', async () => {
    const { cluster, leader } = await start()
    leader.signal('SIGUSR2')
    await leader.says('that it has lost', ({ msg, cause }) => msg === 'lease lost' && cause === 'expired')
    await cluster.nextLeader()
    const [before, after] = epochs(cluster) as [bigint, bigint]
    expect(after).toBeGreaterThan(before)
    await cluster.stop()
    expect(cluster.violations).toEqual([])
  })

  it('back goes on, by the clock that cannot be set', async () => {
    const { cluster, leader } = await start()
    leader.signal('SIGWINCH')
    await leader.says('that its clock has jumped', ({ msg, direction }) => {
      return msg === 'clock jumped' && direction === 'backward'
    })
    await cluster.nextLeader()
    expect(cluster.leaders).toEqual([leader])
    expect(epochs(cluster)).toHaveLength(1)
    await cluster.stop()
    expect(cluster.violations).toEqual([])
  })
})
