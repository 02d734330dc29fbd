/**
 * An instance that is frozen after it has handed a ticket to its thread and before the thread calls the method, for longer than its lock.
 * Over Redis only: the thread looks at shared memory and at the clock, not at the store.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { backend } from '../support/backends.js'
import type { HeldRun } from '../support/fenced-register.js'
import type { Instance } from '../support/instance.js'
import { type FleetViolation, fleetViolations } from './support/fleet-checker.js'
import { QueueFleet } from './support/queue-fleet.js'

const ENTRYPOINT = 'held.work'

interface Overtaken {
  readonly fleet: QueueFleet
  /** Goes on after its freeze. */
  readonly stale: Instance
  /** Runs the ticket until it is let go. */
  readonly next: Instance
  readonly run: HeldRun
}

interface Ending {
  /** The instances that have called the method, in this order. */
  readonly begun: readonly string[]
  readonly violations: readonly FleetViolation[]
  readonly staleReturned: number
}

describe('a ticket that is handed to its thread before a freeze, over Redis', async () => {
  const store = await backend('redis')

  /** @param mode see queued-stop-at-gate.mjs. */
  async function overtake(mode: 'checked' | 'unchecked'): Promise<Overtaken> {
    const server = await store!.start()
    onTestFinished(() => server.stop())
    const fleet = await QueueFleet.start({
      ...{ server, module: 'queued-held.mjs', service: 'held', size: 2 },
      settings: () => ['escapement.queue.lock=5s', `stopAtGate=${mode}`],
    })
    const { instances, register } = fleet.cluster
    const stopped = instances.map(async (instance) => {
      await instance.says('that it stops', ({ msg }) => msg === 'stopped at the gate')
      return instance
    })
    // The instance may take the ticket, and be stopped, before it has answered.
    const answered = fleet.control(instances[0]!, 'trigger', ENTRYPOINT)
    const stale = await Promise.race(stopped)
    await fleet.freezeStopped(stale)
    const next = instances.find((instance) => instance !== stale)!
    const run = await register.holdNextRun(next.name)
    stale.thaw()
    await answered
    return { fleet, stale, next, run }
  }

  async function end({ fleet, stale, run }: Overtaken): Promise<Ending> {
    run.letGo()
    await fleet.drain([ENTRYPOINT])
    await fleet.cluster.stop()
    const history = fleet.history(await fleet.store.tickets())
    const begun = history.entries.filter(({ kind }) => kind === 'begin').sort((a, b) => Number(a.at - b.at))
    return {
      begun: begun.map(({ instance }) => instance),
      violations: fleetViolations(history),
      staleReturned: history.ledgers.find(({ instance }) => instance === stale.name)!.returned,
    }
  }

  it.skipIf(!store)(
    'does not begin when the process goes on while another instance runs it, and goes back as lost',
    async () => {
      const overtaken = await overtake('checked')
      const line = await overtaken.stale.says('that the ticket goes back', ({ msg }) => msg.includes('goes back'))
      expect(line).toMatchObject({ entrypoint: ENTRYPOINT, reason: 'lock_lost' })
      expect(await end(overtaken)).toEqual({ begun: [overtaken.next.name], violations: [], staleReturned: 1 })
    },
  )

  it.skipIf(!store)('its twin, whose thread does not look at its lock, runs it beside the other instance', async () => {
    const overtaken = await overtake('unchecked')
    const { fleet, stale, next } = overtaken
    await fleet.cluster.eventLog.first(
      'the frozen instance begins the run',
      ({ kind, ...entry }) => kind === 'begin' && entry.instance === stale.name,
    )
    const { begun, violations } = await end(overtaken)
    expect(begun.slice(0, 2)).toEqual([next.name, stale.name])
    expect(violations.map(({ rule }) => rule)).toEqual(['two_holders'])
  })
})
