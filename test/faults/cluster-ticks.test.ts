/**
 * Three instances that claim their ticks, and at random are killed and started again or cut off from the store for a while,
 * for TICKS_SECONDS (default 8). TICKS_SEED repeats what was drawn; what it hits depends on the machine.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backend } from './support/backends.js'
import { wallTimeOf } from './support/log-lines.js'
import { type ClusterNode, TestCluster } from './support/test-cluster.js'
import { accountForTicks } from './support/ticks.js'

const SECONDS = Number(process.env.TICKS_SECONDS ?? 8)
const SEED = Number(process.env.TICKS_SEED ?? Math.floor(Math.random() * 2 ** 31))

const GRIDS = [
  ['ticks.slow', 1_000],
  ['ticks.quick', 200],
] as const

type Fault = (node: ClusterNode) => unknown

const kill: Fault = ({ instance }) => instance.kill()

/** Half of the time somebody is killed. */
const FAULTS: readonly Fault[] = [
  ...[kill, kill, kill, kill],
  ({ proxy }) => proxy.delay(60),
  ({ proxy }) => proxy.drop(),
  ({ proxy }) => proxy.swallow(),
  ({ proxy }) => proxy.mute(),
]

describe.each(['redis', 'postgres', 'etcd'] as const)('ticks that instances claim from %s', async (name) => {
  const store = await backend(name)

  it.skipIf(!store)(
    'the ticks of a cluster timer run at most once, and each tick without a run has a reason, while instances are killed or cut off',
    async () => {
      console.log(`${name}: ${SECONDS} s, TICKS_SEED=${SEED}`)
      const random = stream(SEED)
      const server = await store!.start()
      onTestFinished(() => server.stop())
      const cluster = await TestCluster.start({ server, modules: ['coordinated-ticks.mjs'], size: 3 })
      onTestFinished(() => cluster.close())

      const from = Date.now()
      let faults = 0
      for (const until = performance.now() + SECONDS * 1_000; performance.now() < until; faults++) {
        await sleep(500 + 1_000 * random())
        const node = draw(cluster.nodes, random)
        const inflict = draw(FAULTS, random)
        const isKilled = inflict === kill
        await inflict(node)
        await sleep(200 + 800 * random())
        if (isKilled) await cluster.restart(node).ready()
        else node.proxy.pass()
      }
      const to = Date.now()
      await cluster.stop()

      expect(cluster.violations).toEqual([])
      for (const [entrypoint, periodMs] of GRIDS) {
        const report = accountForTicks(cluster.history, { entrypoint, periodMs, from, to, wallTimeOf })
        console.log(`${name}: ${faults} faults, ${entrypoint}`, JSON.stringify(report))
        expect(report.unexplained).toEqual([])
        expect(report.ticks).toBeGreaterThanOrEqual(Math.floor((SECONDS * 1_000) / periodMs))
        expect(report.ran).toBeGreaterThanOrEqual(report.ticks / 2)
      }
    },
    (SECONDS + 120) * 1_000,
  )
})

function draw<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)]!
}

/** Numbers in [0, 1): mulberry32. */
function stream(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
