/**
 * The test table of nameko's timer (test/test_timers.py), on the real scheduler and dispatcher with a virtual clock. The
 * container is stopped at 150 ms; the stop waits for the call that runs then; a call counts when it has ended.
 *
 * nameko behaves as `overlap: wait` does. `skip`, our default, differs when a run takes longer than the interval: it stays
 * on the grid.
 */
import { describe, expect, it } from 'vitest'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const rows = [
  // row, interval, eager, call duration, calls with wait, calls with skip
  ['A1', 100, false, 0, 1, 1],
  ['A2', 100, true, 0, 2, 2],
  ['A3', 5000, false, 0, 0, 0],
  ['A4', 5000, true, 0, 1, 1],
  ['A5', 100, false, 300, 1, 1],
  ['A6', 100, true, 300, 1, 1],
  ['A7', 25, false, 70, 2, 2],
  ['A8', 25, true, 70, 3, 2],
] as const

describe.each(['wait', 'skip'] as const)("nameko's timer table with overlap %s", (overlap) => {
  it.each(rows)('row %s: every %d ms, eager %s, calls of %d ms', async (_, interval, eager, duration, wait, skip) => {
    const schedule = { kind: 'interval', interval: interval * 1_000, align: false } as const
    const simulation = new Simulation([timerDefinition({ schedule, eager, overlap })], () => duration)
    simulation.scheduler.start()
    // With skip, A8 is due at exactly 150 ms, and nameko's row does not say which comes first: stop just before.
    await simulation.advance(149.9)
    simulation.scheduler.stop()
    const stopped = simulation.stopper.stop()
    await simulation.advance(1_000)
    await stopped
    expect(simulation.runs.length).toBe(overlap === 'wait' ? wait : skip)
    expect(simulation.runs.every((run) => run.end !== undefined)).toBe(true)
    expect(simulation.timers[0]!.ledger).toMatchObject({ active: 0, pending: 0, imbalance: 0 })
  })
})

describe("nameko's other timer tests", () => {
  it('starts a waiting tick when the call before it has ended: the calls of A7 start at 25 and 95 ms', async () => {
    const schedule = { kind: 'interval', interval: 25_000, align: false } as const
    const simulation = new Simulation([timerDefinition({ schedule, overlap: 'wait' })], () => 70)
    simulation.scheduler.start()
    await simulation.advance(149.9)
    expect(simulation.runs.map((run) => run.start)).toEqual([25, 95])
  })

  it('makes no call after a stop, although ticks are overdue', async () => {
    const simulation = new Simulation([timerDefinition({ overlap: 'wait' })], () => 330)
    simulation.scheduler.start()
    await simulation.advance(410)
    simulation.scheduler.stop()
    const stopped = simulation.stopper.stop()
    await simulation.advance(5_000)
    await stopped
    expect(simulation.runs.length).toBe(1)
    expect(simulation.skips()).toEqual({ superseded: 2, stopping: 1 })
  })

  it('stops at once while no call runs', async () => {
    const schedule = { kind: 'interval', interval: 5_000_000, align: false } as const
    const simulation = new Simulation([timerDefinition({ schedule })], () => 0)
    simulation.scheduler.start()
    simulation.scheduler.stop()
    await simulation.stopper.stop()
    await simulation.advance(20_000)
    expect(simulation.runs).toEqual([])
  })
})
