/** What a coordinator waits for before it leads or claims. */
import { expect, it, onTestFinished } from 'vitest'
import { parseSettings } from '../../src/config/settings.js'
import type { KeyValueStore } from '../../src/coordinate/key-value/key-value.js'
import type { ServiceDefinition } from '../../src/kernel/definitions.js'
import { Events } from '../../src/kernel/events.js'
import { Coordinator } from '../../src/supervise/coordinator.js'
import type { LeadingGate } from '../../src/supervise/leading/leading-gate.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { timerDefinition } from '../support/timer.js'

/** Until what waits for nothing but promises has been done. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

let deployments = 0

/** A coordinator with a lease and a claimed timer, over a store of its own in memory. */
async function opened(gate?: LeadingGate) {
  const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
  const claimed = timerDefinition({ scope: 'cluster' })
  const service = {
    name: 'svc',
    timers: [claimed],
    leases: ['svc'],
    usesMembers: false,
  } as unknown as ServiceDefinition
  deployments += 1
  const coordinator = new Coordinator({
    services: [service],
    settings: parseSettings({ coordination: { namespace: `gate-${deployments}` } }).coordination,
    clock,
    events: new Events(),
    periodOf: () => 1_000_000,
    stopUnder: async () => {},
    onNotOffered: () => {},
    onMembers: () => {},
  })
  onTestFinished(async () => {
    const closed = coordinator.close()
    await settle()
    await clock.advance(3_000_000)
    await closed
  })
  await coordinator.open(gate)
  await settle()
  const claim = () => {
    const due = { sequence: 1, dueMono: clock.now(), dueWall: clock.wallNow(), startBy: clock.now() + 1_000_000 }
    return coordinator.claim(claimed, due)
  }
  return { clock, coordinator, claim }
}

it('a coordinator without a gate leads and claims at once', async () => {
  const { coordinator, claim } = await opened()
  expect(coordinator.holds('svc')).toBe(true)
  expect(await claim()).toBe('claimed')
})

it('a coordinator opens its gate with the values of the store, and neither leads nor claims before the gate lets it', async () => {
  let open = () => {}
  const isOpen = new Promise<void>((resolve) => {
    open = resolve
  })
  const given: KeyValueStore[] = []
  const { clock, coordinator, claim } = await opened({
    opened: (values) => given.push(values),
    beforeLeading: () => isOpen,
  })
  let result: string | undefined
  void claim().then((answer) => {
    result = answer
  })
  await settle()
  expect(given).toHaveLength(1)
  expect(await given[0]!.list('pause/', new AbortController().signal)).toEqual([])
  expect([coordinator.holds('svc'), result]).toEqual([false, undefined])
  open()
  await settle()
  await clock.advance(1)
  await settle()
  expect([coordinator.holds('svc'), result]).toEqual([true, 'claimed'])
})
