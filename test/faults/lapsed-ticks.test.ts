/** Ticks that come due after a leader was killed and before the next one leads, over real stores and processes. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { backend } from './support/backends.js'
import { nanosOfLine } from './support/log-lines.js'
import { TestCluster } from './support/test-cluster.js'

const PERIOD_MS = 4_000

/** Every instance's ledger: the ticks that came due are where the ledger says. */
function expectClosed(cluster: TestCluster): void {
  const { ledgers } = cluster.history
  expect(ledgers.length).toBeGreaterThan(0)
  for (const { due, skipped, runs, active, pending } of ledgers) {
    const placed = [...Object.values(skipped), ...Object.values(runs), active, pending]
    expect(placed.reduce((sum, count) => sum + count, 0)).toBe(due)
  }
}

describe.each(['redis', 'postgres', 'etcd'] as const)('ticks that nobody judged, over %s', async (name) => {
  const store = await backend(name)

  it.skipIf(!store)(
    'a tick that lapsed between a killed leader and the next one is run once with missed "once", and counted with "skip"',
    async () => {
      const server = await store!.start()
      onTestFinished(() => server.stop())
      const cluster = await TestCluster.start({ server, modules: ['lapsed-ticks.mjs'], size: 2 })
      onTestFinished(() => cluster.close())

      const first = await cluster.nextLeader()
      const last = await cluster.eventLog.next(
        'the leader runs a tick once more',
        (entry) => entry.kind === 'end' && entry.instance === first.name && entry.entrypoint === 'lapse.once',
      )
      if (last.kind !== 'end') throw new Error('it is no end of a run')
      const killedAt = await first.kill()
      // The fail-over takes longer than until the next tick is due.
      const second = await cluster.nextLeader([first])
      const acquired = await second.says(
        'that it leads',
        (line) => line.msg === 'lease acquired' && nanosOfLine(line) > killedAt,
      )
      await cluster.eventLog.next(
        'the new leader runs a tick on time',
        (entry) => entry.kind === 'end' && entry.instance === second.name && entry.dueTime > last.dueTime + PERIOD_MS,
      )
      await cluster.stop()

      // Those that came due while nobody led.
      const madeUp = (entrypoint: string) =>
        cluster.history.entries.filter(
          (entry) =>
            entry.kind === 'begin' &&
            entry.instance === second.name &&
            entry.entrypoint === entrypoint &&
            entry.dueTime > last.dueTime &&
            entry.dueTime < acquired.time,
        )
      expect(madeUp('lapse.once')).toHaveLength(1)
      expect(madeUp('lapse.skip')).toEqual([])
      const ran = cluster.history.entries.flatMap((entry) =>
        entry.kind === 'begin' && entry.entrypoint === 'lapse.once' ? [entry.dueTime] : [],
      )
      expect(new Set(ran).size).toBe(ran.length)
      const missed = (entrypoint: string) =>
        cluster.history.ledgers.find((ledger) => ledger.instance === second.name && ledger.entrypoint === entrypoint)!
          .skipped.missed
      // One more when the write of its mark was under way at the kill: then the tick before it is judged again, too.
      const counted = missed('lapse.skip')! - missed('lapse.once')!
      expect(counted).toBeGreaterThanOrEqual(1)
      expect(counted).toBeLessThanOrEqual(2)
      expectClosed(cluster)
      expect(cluster.violations).toEqual([])
    },
    90_000,
  )
})
