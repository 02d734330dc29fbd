/**
 * Three instances that offer and run QUEUE_TICKETS tickets (default 600), a hundred a second, while they are killed and frozen
 * and the store is restarted. Afterwards the checker looks at what all of them wrote down.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../../support/servers/server-process.js'
import { backend } from '../support/backends.js'
import type { Instance } from '../support/instance.js'
import { fleetViolations } from './support/fleet-checker.js'
import { fleetSum } from './support/fleet-sum.js'
import { QueueFleet } from './support/queue-fleet.js'

const TICKETS = Number(process.env.QUEUE_TICKETS ?? 600)
/** CI runs one store; with QUEUE_TICKETS both run. */
const STORES = process.env.QUEUE_TICKETS ? (['redis', 'postgres'] as const) : (['redis'] as const)
const TICKETS_PER_SECOND = 100
/** Of faults, for the 2,000 tickets that come due meanwhile. */
const ROUNDS = Math.max(1, Math.round(TICKETS / 2_000))
/** On Postgres the locks go by the clocks of instances, so their last second does not count. */
const LOCK = { redis: '3s', postgres: '5s' }
const LANES = ['load.one', 'load.two', 'load.three', 'load.four', 'load.alone']
/** What is refused, skipped or not offered comes on top. */
const DEADLINE_MS = 120_000 + 5 * ((TICKETS / TICKETS_PER_SECOND) * 1_000)

function other({ cluster }: QueueFleet, ...than: readonly Instance[]): Instance {
  return cluster.instances.find((instance) => !than.includes(instance))!
}

/** One instance is frozen while it runs a ticket, and the one that offers is killed between a decision and its offer. */
async function freezeTakerKillOfferer(fleet: QueueFleet): Promise<void> {
  const { cluster } = fleet
  const offerer = await fleet.offerer()
  const taker = other(fleet, offerer)
  const held = await fleet.freezeInRun(taker)
  await fleet.freezeBeforeOffer(offerer)
  await offerer.kill()
  await fleet.offerer(offerer, taker)
  await fleet.runElsewhere(held, taker)
  taker.thaw()
  await cluster.restart(cluster.nodeOf(offerer)).ready()
}

/** One instance is killed while it runs a ticket, the one that offers is frozen before an offer, and the store is restarted. */
async function killTakerFreezeOfferer(fleet: QueueFleet, server: TestServer): Promise<void> {
  const { cluster } = fleet
  const offerer = await fleet.offerer()
  const taker = other(fleet, offerer)
  const held = await fleet.freezeInRun(taker)
  await taker.kill()
  const restarted = cluster.restart(cluster.nodeOf(taker))
  await fleet.freezeBeforeOffer(offerer)
  await restarted.ready()
  await fleet.offerer(offerer)
  await server.restart()
  await fleet.runElsewhere(held, taker)
  offerer.thaw()
}

async function untilKept(fleet: QueueFleet): Promise<void> {
  for (let missing = TICKETS - fleet.kept(); missing > 0; missing = TICKETS - fleet.kept()) {
    let runs = 0
    await fleet.cluster.eventLog.next(
      `${missing} more runs`,
      ({ kind }) => kind === 'over' && ++runs >= missing,
      DEADLINE_MS,
    )
  }
}

describe.each(STORES)('tickets that instances share over %s', async (name) => {
  const store = await backend(name)

  it.skipIf(!store)(
    'each ticket that is kept is run at least once and settled once, while instances are killed and frozen and the store is restarted',
    async () => {
      const server = await store!.start()
      onTestFinished(() => server.stop())
      const settings = () => [`escapement.queue.lock=${LOCK[name]}`]
      const fleet = await QueueFleet.start({ server, module: 'queued-load.mjs', service: 'load', size: 3, settings })
      for (let round = 0; round < ROUNDS; round++) {
        await freezeTakerKillOfferer(fleet)
        await killTakerFreezeOfferer(fleet, server)
      }
      await untilKept(fleet)
      await fleet.drain(LANES)
      await fleet.cluster.stop()
      const history = fleet.history(await fleet.store.tickets())

      const sum = fleetSum(history)
      console.log(`${name}:`, JSON.stringify(sum))
      expect(fleetViolations(history)).toEqual([])
      expect(sum.handedOver).toBeGreaterThanOrEqual(TICKETS)
      expect(sum.redelivered).toBeGreaterThan(0)
      expect(sum.refused).toBeGreaterThan(0)
      expect(sum.handedOver + sum.unconfirmed).toBe(sum.settled + sum.waiting + sum.active + sum.delayed)
      expect({ waiting: sum.waiting, active: sum.active, delayed: sum.delayed }).toEqual({
        waiting: 0,
        active: 0,
        delayed: 0,
      })
      expect(fleet.cluster.instances.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])
    },
    DEADLINE_MS,
  )
})
