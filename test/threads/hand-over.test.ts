import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { supervise } from '../support/supervised.js'

it('two timers that are due at one moment are both handed to their thread before that moment', async () => {
  const { supervisor, runs, stop } = await supervise(['twins.mjs'])
  const activeTimers = () => supervisor.snapshot().timers.filter(({ ledger }) => ledger.active > 0).length
  // A busy machine may hide the moment from one tick, so each tick is another chance.
  for (let areEarly = false; !areEarly; ) {
    while (activeTimers() < 2) await nextTurn()
    const [now, ended] = [Date.now(), runs.length]
    while (activeTimers() > 0) await nextTurn()
    const active = ['one', 'two'].map((method) => runs.slice(ended).find((run) => run.method === method))
    areEarly = active.every((run) => run !== undefined && run.dueWall > now + 1)
    if (areEarly) expect(active[0]!.dueWall).toBe(active[1]!.dueWall)
  }
  await stop()
})
