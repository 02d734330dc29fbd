/**
 * Ticks of scope `queue` that come due after the instance that offers was killed and before the next one offers. Over Redis: what
 * another store answers to offers and keeps of marks is shown by load.test.ts, by the contract suite and by ../lapsed-ticks.test.ts.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { backend } from '../support/backends.js'
import { fleetViolations } from './support/fleet-checker.js'
import type { TicketEntry } from './support/fleet-history.js'
import { fleetSum } from './support/fleet-sum.js'
import { QueueFleet } from './support/queue-fleet.js'

const PERIOD_US = 250_000

/** Two only schedule, the third only works. */
function roleOf(node: string): readonly string[] {
  return node === 'c' ? ['escapement.queue.offer=false'] : ['escapement.queue.take=false']
}

function moments(entries: readonly TicketEntry[], entrypoint: string): number[] {
  const ids = entries.flatMap(({ kind, id }) => (kind === 'offer' && id.startsWith(`${entrypoint}@`) ? [id] : []))
  return [...new Set(ids)].map((id) => Number(/@(\d+)us$/.exec(id)![1])).sort((a, b) => a - b)
}

/** The moments of the grid between the first and the last one that are missing. */
function gaps(offered: readonly number[]): number[] {
  const missing: number[] = []
  for (let due = offered[0]!; due <= offered.at(-1)!; due += PERIOD_US) if (!offered.includes(due)) missing.push(due)
  return missing
}

describe('ticks of a queue that nobody offered, over Redis', async () => {
  const store = await backend('redis')

  it.skipIf(!store)(
    'a tick that a killed instance had decided to offer is offered by the next one under the same id, and no ticket runs twice',
    async () => {
      const server = await store!.start()
      onTestFinished(() => server.stop())
      const fleet = await QueueFleet.start({
        ...{ server, module: 'lapsed-tickets.mjs', service: 'lapse', size: 3 },
        settings: (node) => ['stopBefore=lapse.all', ...roleOf(node)],
      })
      const { eventLog } = fleet.cluster
      const first = await fleet.offerer()
      let runs = 0
      await eventLog.next('ten tickets run', ({ kind }) => kind === 'over' && ++runs === 10)
      const held = await fleet.freezeBeforeOffer(first)
      await first.kill()
      const second = await fleet.offerer(first)
      await fleet.runElsewhere(held, first)
      // Ticks that came due under the new lease: what lapsed has been offered meanwhile, one after the other.
      runs = 0
      await eventLog.next('ten ticks run that did not lapse', (entry) => {
        return entry.kind === 'over' && entry.entrypoint === 'lapse.skip' && ++runs === 10
      })
      await fleet.drain(['lapse.all', 'lapse.skip'])
      await fleet.cluster.stop()
      const history = fleet.history(await fleet.store.tickets())

      const offers = history.entries.filter(({ kind }) => kind === 'offer')
      // A leader that loses the lease for a moment judges its last second again, under the same ids.
      expect([...new Set(offers.filter(({ id }) => id === held).map(({ instance }) => instance))]).toEqual([
        second.name,
      ])
      expect(gaps(moments(offers, 'lapse.all'))).toEqual([])
      // Its twin shows that the time without an instance that offers left a gap.
      const left = gaps(moments(offers, 'lapse.skip'))
      expect(left.length).toBeGreaterThan(0)
      const ledger = history.ledgers.find((each) => each.instance === second.name && each.entrypoint === 'lapse.skip')!
      expect(ledger.skipped.missed).toBeGreaterThanOrEqual(left.length)
      const begun = history.entries.flatMap(({ kind, id }) => (kind === 'begin' ? [id] : []))
      expect(begun).toHaveLength(new Set(begun).size)
      expect(begun).toContain(held)
      const sum = fleetSum(history)
      console.log(`${left.length} lapsed,`, JSON.stringify(sum))
      expect(sum.settled).toBe(sum.handedOver + sum.unconfirmed)
      expect(fleetViolations(history)).toEqual([])
    },
    120_000,
  )
})
