/** Which run is charged with the end of its thread, when more than one thing was in progress on it. */
import { expect, it } from 'vitest'
import { type Supervised, supervise } from '../support/supervised.js'

/** An entrypoint is quarantined after three crashes that it is charged with. */
const CRASHES = 3

interface Culprits {
  leave(): void
  wait(): void
}

/** Runs that wait end only when they are aborted, so a stop does not wait for them first. */
const superviseCulprits = () => supervise(['culprits.mjs'], { config: { escapement: { shutdown: { drain: 0.01 } } } })

function circuitOf({ supervisor }: Supervised, id: string) {
  return supervisor.snapshot().timers.find((timer) => timer.id === id)!.circuit
}

it('a run that only waits is not charged when a call ends the thread', async () => {
  const supervised = await superviseCulprits()
  const { leave } = supervised.supervisor.remote<Culprits>('bystander')
  for (let crash = 1; crash <= CRASHES; crash++) {
    await supervised.log.nth(crash, { msg: 'waiting' })
    await expect(leave()).rejects.toThrow('its thread ended')
    expect(await supervised.nthRun('bystander.wait', crash)).toMatchObject({ outcome: 'crashed' })
  }
  expect(circuitOf(supervised, 'bystander.wait')).toEqual({ state: 'closed' })
  // It goes on ticking on the next thread.
  await supervised.log.nth(CRASHES + 1, { msg: 'waiting' })
})

it('a run that ends its thread is charged although a call waits on the thread', async () => {
  const supervised = await superviseCulprits()
  const { wait } = supervised.supervisor.remote<Culprits>('culprit')
  for (let crash = 1; crash <= CRASHES; crash++) {
    await expect(wait()).rejects.toThrow('its thread ended')
    const crashed = () =>
      supervised.runs.filter(({ entrypoint, outcome }) => entrypoint === 'culprit.work' && outcome === 'crashed')
    expect(crashed().length).toBe(crash)
  }
  expect(circuitOf(supervised, 'culprit.work')).toEqual({ state: 'open', reason: 'quarantined' })
})

it('of two runs in progress the one whose method was entered last is charged, and not the one that waits', async () => {
  const supervised = await superviseCulprits()
  await supervised.log.nth(1, { msg: 'tick skipped', entrypoint: 'pair.work', reason: 'quarantined' })
  expect(circuitOf(supervised, 'pair.work')).toEqual({ state: 'open', reason: 'quarantined' })
  expect(circuitOf(supervised, 'pair.wait')).toEqual({ state: 'closed' })
  expect(supervised.ledger('pair.wait').runs.crashed).toBe(CRASHES)
})

/** Triggers runs of the service `leaving`: those of one turn together. All are in the port of the thread when it has computed. */
async function triggerLeaving({ supervisor }: Supervised, turns: readonly (readonly string[])[]): Promise<void> {
  for (const methods of [['computes'], ...turns]) {
    for (const method of methods) expect(supervisor.trigger(`leaving.${method}`)).toBe('started')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

it('a run is completed whose method has returned when the run behind it ends the thread before the reply has left', async () => {
  const supervised = await superviseCulprits()
  await triggerLeaving(supervised, [['returns'], ['exits']])
  expect(await supervised.nthRun('leaving.exits', 1)).toMatchObject({ outcome: 'crashed' })
  expect(await supervised.nthRun('leaving.returns', 1)).toMatchObject({ outcome: 'completed' })
})

it('a run is completed whose promise is fulfilled when a run beside it ends the thread before the reply has left', async () => {
  const supervised = await superviseCulprits()
  await triggerLeaving(supervised, [['returns', 'awaits', 'awaitsAndExits']])
  expect(await supervised.nthRun('leaving.awaitsAndExits', 1)).toMatchObject({ outcome: 'crashed' })
  expect(await supervised.nthRun('leaving.awaits', 1)).toMatchObject({ outcome: 'completed' })
})
