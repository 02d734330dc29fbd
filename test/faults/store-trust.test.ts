/** Stores that lose what they were given: instances refuse to lead and say why, or no token goes backwards. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startEtcd } from '../support/servers/etcd.js'
import { findServer } from '../support/servers/find-server.js'
import { startRedis } from '../support/servers/redis.js'
import { TestCluster } from './support/test-cluster.js'

const redis = await findServer('redis-server')
const etcd = await findServer('etcd')

describe.skipIf(!redis)('instances that share a Redis server that evicts keys for a cache beside them', () => {
  async function start(args: readonly string[], settings: readonly string[] = []) {
    const server = await startRedis(redis!, { args: ['--appendonly', 'no', ...args] })
    onTestFinished(() => server.stop())
    const modules = ['coordinated-leader.mjs', 'coordinated-ticks.mjs']
    const cluster = await TestCluster.start({ server, modules, size: 2, settings: () => settings })
    onTestFinished(() => cluster.close())
    return { cluster, server }
  }
  const EVICTING = ['--maxmemory', '3mb', '--maxmemory-policy', 'allkeys-lru']

  it('instances refuse to lead and to claim on a Redis server that evicts keys, and say why', async () => {
    const { cluster, server } = await start(EVICTING)
    await Promise.all(
      cluster.instances.map((instance) =>
        instance.says('that the server may evict keys', (line) =>
          JSON.stringify(line).includes('maxmemory-policy allkeys-lru'),
        ),
      ),
    )
    const cache = new Redis(server.url)
    onTestFinished(() => cache.disconnect())
    const filling = Array.from({ length: 4_000 }, (_, key) => cache.set(`cache:${key}`, 'x'.repeat(2_000)))
    await Promise.all(filling)
    // Long enough for an instance of the fast profile to have asked for the lease several times.
    await sleep(3_000)
    expect(cluster.leaders).toEqual([])
    expect(cluster.eventLog.items.filter(({ kind }) => kind === 'begin')).toEqual([])
    await cluster.stop()
    expect(cluster.violations).toEqual([])
  })

  it('instances lead on a Redis server that evicts keys when the user accepts eviction', async () => {
    const { cluster } = await start(EVICTING, ['escapement.coordination.acceptEviction=true'])
    await cluster.nextLeader()
    expect(cluster.leaders).toHaveLength(1)
    await cluster.stop()
  })

  it('instances stop leading when the eviction policy of Redis is changed under them', async () => {
    const { cluster, server } = await start(['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'])
    const leader = await cluster.nextLeader()
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    await admin.config('SET', 'maxmemory-policy', 'volatile-ttl')
    await leader.says('that it has lost', ({ msg, cause }) => msg === 'lease lost' && cause === 'unconfirmed')
    await admin.config('SET', 'maxmemory-policy', 'noeviction')
    await cluster.nextLeader()
    await cluster.stop()
    expect(cluster.violations).toEqual([])
  })
})

describe.skipIf(!etcd)('instances that share an etcd cluster that has lost its data', () => {
  it('instances go on under no older token after etcd has lost its data', async () => {
    const server = await startEtcd(etcd!)
    onTestFinished(() => server.stop())
    const cluster = await TestCluster.start({ server, modules: ['coordinated-leader.mjs'], size: 2 })
    onTestFinished(() => cluster.close())
    const leader = await cluster.nextLeader()
    await server.restartEmpty()
    await leader.says('that it has lost', ({ msg }) => msg === 'lease lost')
    await cluster.nextLeader()
    await cluster.stop()
    const tokens = cluster.eventLog.items.flatMap((entry) =>
      entry.kind === 'end' && entry.token !== undefined ? [entry.token] : [],
    )
    expect(new Set(tokens).size).toBeGreaterThan(1)
    expect(tokens).toEqual([...tokens].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0)))
    expect(cluster.violations).toEqual([])
  })
})
