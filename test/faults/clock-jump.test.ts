import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../support/servers/server-process.js'
import { backend } from './support/backends.js'
import type { Instance } from './support/instance.js'
import { TestCluster, type TestClusterOptions } from './support/test-cluster.js'

const store = await backend('redis')

describe.skipIf(!store)('instances whose wall clock is set', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await store!.start()
  })
  afterAll(() => server?.stop())

  async function start(options: Partial<TestClusterOptions> = {}): Promise<{ cluster: TestCluster; leader: Instance }> {
    const cluster = await TestCluster.start({
      server,
      modules: ['coordinated-leader.mjs'],
      preload: 'coordinated-clock.mjs',
      size: 2,
      ...options,
    })
    onTestFinished(() => cluster.close())
    return { cluster, leader: await cluster.nextLeader() }
  }

  async function setBack(instance: Instance): Promise<void> {
    instance.signal('SIGWINCH')
    await instance.says('that its clock has jumped', ({ msg, direction }) => {
      return msg === 'clock jumped' && direction === 'backward'
    })
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

  it('a leader whose clock is set back by an hour renews its lease and goes on under the same epoch', async () => {
    // A renewal may take 8 s: a machine that is busy with something else must not end the lease.
    const { cluster, leader } = await start({ settings: () => ['escapement.coordination.profile=normal'] })
    await setBack(leader)
    // The first renewal may have been sent before. From the second on, the validity that the threads read is an hour earlier.
    for (let renewals = 0; renewals < 2; renewals++) {
      await leader.lines.next('the leader renews its lease', ({ msg }) => msg === 'lease renewed')
    }
    // The first run may have begun before.
    for (let runs = 0; runs < 2; runs++) expect(await cluster.nextLeader()).toBe(leader)
    expect(epochs(cluster)).toHaveLength(1)
    await cluster.stop()
    expect(cluster.violations).toEqual([])
  })

  it('instances whose clocks are set back by an hour go on taking over from one another', async () => {
    const { cluster, leader } = await start()
    // The leader waits for its next renewal meanwhile, the other one for its next attempt to acquire the lease.
    await Promise.all(cluster.instances.map(setBack))
    const taken = cluster.nextLeader([leader])
    leader.freeze()
    const next = await taken
    leader.thaw()
    await leader.says('that it has lost', ({ msg }) => msg === 'lease lost')
    const takenBack = cluster.nextLeader([next])
    await next.kill()
    expect(await takenBack).toBe(leader)
    await cluster.stop()
    expect(cluster.violations).toEqual([])
  })
})

function epochs({ instances }: TestCluster): bigint[] {
  return instances
    .flatMap(({ lines }) => lines.items.filter(({ msg }) => msg === 'lease acquired'))
    .map(({ epoch }) => BigInt(String(epoch)))
    .sort((a, b) => Number(a - b))
}
