/** A taker that is killed with `delivery: at-most-once`, and one that is frozen for longer than its lock and then writes. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { backend } from '../support/backends.js'
import type { Instance } from '../support/instance.js'
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
      await survivor.says('that the ticket is given up', ({ err }) => {
        return (err as { message?: string } | undefined)?.message?.includes('is given up') === true
      })
      expect(await countsOf([survivor])).toMatchObject({ taken: 0, redelivered: 0, abandoned: 1 })
      const stored = await fleet.store.tickets()
      expect(stored.map(({ state }) => state)).toEqual(['settled'])
      await fleet.cluster.stop()
      expect(eventLog.items.filter(({ kind }) => kind === 'begin')).toHaveLength(1)
      expect(fleet.cluster.violations).toEqual([])
    },
  )

  it.skipIf(!store).each([
    [true, 'refuses the write of a frozen taker after that of the next one'],
    [false, 'without a look at the fence takes it, and the checker finds it'],
  ])('a storage (fencing: %s) %s; the settlement of the frozen taker is refused and counted', async (isFencing) => {
    const fleet = await start()
    const { instances, eventLog, register } = fleet.cluster
    register.isFencing = isFencing
    const holds = instances.map((instance) => holdRun(fleet, instance))
    await fleet.control(instances[0]!, 'trigger', ENTRYPOINT)
    const stale = await Promise.race(holds)
    stale.taker.freeze()
    const next = await holds[instances.findIndex((instance) => instance !== stale.taker)]!
    next.letGo()
    await eventLog.first(
      'the next taker ends its run',
      ({ kind, instance }) => kind === 'over' && instance === next.taker.name,
    )
    stale.letGo()
    stale.taker.thaw()
    const refused = async () => expect(await countsOf([stale.taker])).toMatchObject({ taken: 1, refused: 1 })
    await vi.waitFor(refused, { timeout: SETTLED_WITHIN_MS, interval: 100 })
    await fleet.cluster.stop()

    const writes = eventLog.items.flatMap((entry) => (entry.kind === 'write' ? [entry] : []))
    expect(writes.map(({ instance, accepted }) => [instance, accepted])).toEqual([
      [next.taker.name, true],
      [stale.taker.name, !isFencing],
    ])
    const [later, earlier] = writes.map(({ token }) => token)
    expect(later).toBe(earlier! + 1n)
    const settled = fleet.journal.entries().flatMap((entry) => (entry.kind === 'settled' ? [entry] : []))
    expect(settled.filter(({ answer }) => answer === 'accepted')).toMatchObject([
      { instance: next.taker.name, settlement: 'completed', delivery: 2 },
    ])
    expect(settled.filter(({ answer }) => answer !== 'accepted')).toMatchObject([
      { instance: stale.taker.name, answer: 'refused', delivery: 1 },
    ])
    // A tick that was handed out twice runs twice: that is what at-least-once means.
    const rules = fleet.cluster.violations.map(({ rule }) => rule)
    expect(rules).toEqual(isFencing ? ['tick_twice'] : ['tick_twice', 'stale_write'])
  })
})
