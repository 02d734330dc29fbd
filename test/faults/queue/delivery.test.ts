/**
 * A taker that is killed with `delivery: at-most-once`, and one that is frozen for longer than its lock and then writes.
 *
 * What does not depend on the store is shown over Redis only: the contract suite gives up tickets over Postgres too.
 */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { backend } from '../support/backends.js'
import type { Instance } from '../support/instance.js'
import type { TicketEntry } from './support/fleet-history.js'
import { QueueFleet, type QueueFleetOptions } from './support/queue-fleet.js'
import { countsOf } from './support/ticket-counts.js'

const ENTRYPOINT = 'writer.write'
const LOCK = { redis: '3s', postgres: '5s' }
const SETTLED_WITHIN_MS = 10_000

/** A run that goes on when it is let go, on the instance that has taken its ticket. */
interface HeldOn {
  readonly taker: Instance
  letGo(): void
}

describe.each(['redis', 'postgres'] as const)('the holder of a ticket that is lost, over %s', async (name) => {
  const store = await backend(name)

  async function start(...settings: readonly string[]): Promise<QueueFleet> {
    const server = await store!.start()
    onTestFinished(() => server.stop())
    const options: Omit<QueueFleetOptions, 'settings'> = {
      server,
      module: 'queued-writer.mjs',
      service: 'writer',
      size: 2,
    }
    return QueueFleet.start({ ...options, settings: () => [`escapement.queue.lock=${LOCK[name]}`, ...settings] })
  }

  function holdRun({ cluster }: QueueFleet, taker: Instance): Promise<HeldOn> {
    return cluster.register.holdNextRun(taker.name).then(({ letGo }) => ({ taker, letGo }))
  }

  // One store is enough for it.
  if (name === 'redis') {
    it.skipIf(!store)(
      'with at-most-once the ticket of a killed instance is not run again, and it is counted',
      async () => {
        const fleet = await start('escapement.queue.delivery=at-most-once')
        const { instances, eventLog } = fleet.cluster
        const taken = Promise.race(instances.map((instance) => holdRun(fleet, instance)))
        await fleet.control(instances[0]!, 'trigger', ENTRYPOINT)
        const { taker } = await taken
        await taker.kill()
        const survivor = instances.find((instance) => instance !== taker)!
        await survivor.says('that the ticket is given up', ({ detail }) => String(detail).includes('is given up'))
        expect(await countsOf([survivor])).toMatchObject({ taken: 0, redelivered: 0, abandoned: 1 })
        const stored = await fleet.store.tickets()
        expect(stored.map(({ state }) => state)).toEqual(['settled'])
        await fleet.cluster.stop()
        expect(eventLog.items.filter(({ kind }) => kind === 'begin')).toHaveLength(1)
        expect(fleet.cluster.violations).toEqual([])
      },
    )
  }

  /**
   * The taker of a new ticket is frozen for longer than its lock, another instance runs the ticket, and the frozen one goes on: it
   * writes, and settles the ticket.
   */
  async function overtake(fleet: QueueFleet): Promise<{ readonly stale: string; readonly next: string }> {
    const { instances, eventLog } = fleet.cluster
    const refusedBefore = await refusedBy(instances)
    const holds = instances.map((instance) => holdRun(fleet, instance))
    await fleet.control(instances[0]!, 'trigger', ENTRYPOINT)
    const stale = await Promise.race(holds)
    stale.taker.freeze()
    const next = await holds[instances.findIndex((instance) => instance !== stale.taker)]!
    const nextIsOver = eventLog.next(
      'the next taker ends its run',
      ({ kind, instance }) => kind === 'over' && instance === next.taker.name,
    )
    next.letGo()
    await nextIsOver
    stale.letGo()
    stale.taker.thaw()
    const isRefused = async () => expect(await refusedBy(instances)).toBe(refusedBefore + 1)
    await vi.waitFor(isRefused, { timeout: SETTLED_WITHIN_MS, interval: 100 })
    return { stale: stale.taker.name, next: next.taker.name }
  }

  it.skipIf(!store)(
    'a storage that compares fences refuses the write of a frozen taker after that of the next one, and the settlement of the frozen taker is refused and counted',
    async () => {
      const fleet = await start()
      const { eventLog } = fleet.cluster
      const { stale, next } = await overtake(fleet)
      // The twin: a storage that compares nothing takes the write, and the checker finds it.
      fleet.cluster.register.isFencing = false
      const twin = name === 'redis' ? await overtake(fleet) : undefined
      await fleet.cluster.stop()

      const writes = eventLog.items.flatMap((entry) => (entry.kind === 'write' ? [entry] : []))
      expect(writes.map(({ instance, accepted }) => [instance, accepted])).toEqual([
        [next, true],
        [stale, false],
        ...(twin ? [[twin.next, true] as const, [twin.stale, true] as const] : []),
      ])
      const [later, earlier] = writes.map(({ token }) => token)
      expect(later).toBe(earlier! + 1n)
      const settled = fleet.journal.entries().flatMap((entry) => (entry.kind === 'settled' ? [entry] : []))
      const settledBy = (instance: string, answer: string, settlement: unknown, delivery: number) =>
        expect.objectContaining({ instance, answer, settlement, delivery })
      expect(settled.filter(({ answer }) => answer === 'accepted').sort(byTime)).toEqual(
        [next, ...(twin ? [twin.next] : [])].map((instance) => settledBy(instance, 'accepted', 'completed', 2)),
      )
      expect(settled.filter(({ answer }) => answer !== 'accepted').sort(byTime)).toEqual(
        [stale, ...(twin ? [twin.stale] : [])].map((instance) => settledBy(instance, 'refused', expect.anything(), 1)),
      )
      // A tick that was handed out twice runs twice: that is what at-least-once means.
      const rules = fleet.cluster.violations.map(({ rule }) => rule).sort()
      expect(rules).toEqual(twin ? ['stale_write', 'tick_twice', 'tick_twice'] : ['tick_twice'])
    },
  )
})

async function refusedBy(instances: readonly Instance[]): Promise<number> {
  return (await countsOf(instances)).refused ?? 0
}

function byTime(one: TicketEntry, other: TicketEntry): number {
  return one.at < other.at ? -1 : 1
}
