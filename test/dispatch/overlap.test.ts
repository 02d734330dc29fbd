import { describe, expect, it } from 'vitest'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

/** Ticks 100 ms apart. The first run takes `first` ms, the others almost no time. */
async function simulate(overlap: 'skip' | 'wait' | 'allow', first: number, concurrency = 1, until = 850) {
  const simulation = new Simulation([timerDefinition({ overlap, concurrency })], (run) => (run === 0 ? first : 10))
  simulation.scheduler.start()
  await simulation.advance(until)
  return simulation
}

describe('overlap', () => {
  // due:   1----2----3----4----5----6
  // skip:  [1===========]-[4]--[5]--[6]     2 and 3 are skipped
  it('overlap skip skips the ticks that come due during a run, and stays on the grid', async () => {
    const simulation = await simulate('skip', 250)
    expect(simulation.runs.map((run) => run.start)).toEqual([100, 400, 500, 600, 700, 800])
    expect(simulation.skips()).toEqual({ running: 2 })
    expect(simulation.imbalance).toBe(0)
  })

  // due:   1----2----3----4----5----6
  // wait:  [1===========][3]-[4]--[5]       2 is superseded by 3, which starts when 1 has ended
  it('overlap wait starts the newest waiting tick as soon as the run has ended', async () => {
    const simulation = await simulate('wait', 250)
    expect(simulation.runs.map((run) => run.start)).toEqual([100, 350, 400, 500, 600, 700, 800])
    expect(simulation.runs[1]!.due).toBe(300)
    expect(simulation.skips()).toEqual({ superseded: 1 })
    expect(simulation.imbalance).toBe(0)
  })

  // due:     1----2----3----4----5----6
  // allow 2: [1===========]
  //               [2]  [3]  [4]  ...
  it('overlap allow starts ticks during a run, up to the limit', async () => {
    const simulation = await simulate('allow', 250, 2)
    expect(simulation.runs.map((run) => run.start)).toEqual([100, 200, 300, 400, 500, 600, 700, 800])
    expect(simulation.mostAtOnce[0]).toBe(2)
    expect(simulation.skips()).toEqual({})
  })

  it('overlap allow skips ticks beyond the limit', async () => {
    const definition = timerDefinition({ overlap: 'allow', concurrency: 2 })
    const simulation = new Simulation([definition], () => 350)
    simulation.scheduler.start()
    await simulation.advance(850)
    expect(simulation.mostAtOnce[0]).toBe(2)
    expect(simulation.runs.map((run) => run.start)).toEqual([100, 200, 500, 600])
    expect(simulation.skips()).toEqual({ running: 4 })
    expect(simulation.imbalance).toBe(0)
  })

  it('the ledger balances at every moment while a run takes ten intervals', async () => {
    for (const overlap of ['skip', 'wait', 'allow'] as const) {
      const definition = timerDefinition({ overlap, concurrency: overlap === 'allow' ? 3 : 1 })
      const simulation = new Simulation([definition], () => 1_000)
      simulation.scheduler.start()
      for (let step = 0; step < 400; step++) {
        await simulation.advance(10)
        expect(simulation.imbalance).toBe(0)
      }
      expect(simulation.timers[0]!.ledger.counts().due).toBe(40)
    }
  })
})
