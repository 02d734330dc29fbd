/** Instances that differ: in the services that they run, and in their wall clocks. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backend } from './support/backends.js'
import type { Instance } from './support/instance.js'
import { TestCluster, type TestClusterOptions } from './support/test-cluster.js'

const OWNERS = { modules: (node: string) => [node === 'c' ? 'coordinated-other-owner.mjs' : 'coordinated-owner.mjs'] }

describe.each(['redis', 'postgres', 'etcd'] as const)('instances that differ and share %s', async (name) => {
  const store = await backend(name)

  async function start(options: Omit<TestClusterOptions, 'server'>): Promise<TestCluster> {
    const server = await store!.start()
    onTestFinished(() => server.stop())
    const cluster = await TestCluster.start({ server, ...options })
    onTestFinished(() => cluster.close())
    return cluster
  }

  it.skipIf(!store)(
    'share the keys of a service among those that run it, and no key has two owners or none',
    async () => {
      const cluster = await start({ ...OWNERS, size: 3 })
      const [a, b, c] = cluster.instances as [Instance, Instance, Instance]
      const owned = async (instance: Instance, instances: number) =>
        (await instance.says(`that it knows ${instances}`, (line) => line.instances === instances)).owned as string[]
      const [ofA, ofB, ofC] = await Promise.all([owned(a, 2), owned(b, 2), owned(c, 1)])
      expect(new Set([...ofA, ...ofB]).size).toBe(20)
      expect(ofA.length + ofB.length).toBe(20)
      expect(ofC).toHaveLength(20)
      await cluster.stop()
      expect(cluster.violations).toEqual([])
    },
  )

  it.skipIf(!store)(
    'run no tick twice when one clock is ten minutes ahead: that instance claims nothing and says why',
    async () => {
      const cluster = await start({
        modules: ['coordinated-ticks.mjs'],
        size: 2,
        preload: 'coordinated-fast-clock.mjs',
        preloadOn: (node) => node === 'b',
      })
      const [right, wrong] = cluster.instances as [Instance, Instance]
      const refused = await wrong.says('that its claim is refused', ({ msg }) => msg === 'claim refused')
      expect(JSON.stringify(refused.err)).toMatch(/(10m|599s) ahead of the clock of the coordination store/)
      await sleep(3_000)
      const ran = (instance: Instance) =>
        cluster.eventLog.items.filter((entry) => entry.kind === 'begin' && entry.instance === instance.name).length
      expect(ran(wrong)).toBe(0)
      expect(ran(right)).toBeGreaterThan(0)
      await cluster.stop()
      expect(cluster.violations).toEqual([])
    },
  )
})
