/** Several timers of one method: they share their lane, and each has its own ledger, pause and window. */
import { describe, expect, it } from 'vitest'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { type Durations, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const every = (interval: number, name: string, given: Partial<TimerDefinition> = {}) =>
  timerDefinition({ method: 'report', name, schedule: { kind: 'interval', interval, align: false }, ...given })

/** `svc.report#often` every 100 ms, `svc.report#seldom` every 250 ms. */
function started(durations: Durations, given: Partial<TimerDefinition> = {}): Simulation {
  const simulation = new Simulation([every(100_000, 'often', given), every(250_000, 'seldom', given)], durations)
  simulation.scheduler.start()
  return simulation
}

const counts = (simulation: Simulation, timer: number) => simulation.timers[timer]!.ledger.counts()

describe('several timers of one method', () => {
  it('timers of one method share a lane, and timers of other methods do not', () => {
    const other = timerDefinition({ method: 'other' })
    const elsewhere = timerDefinition({ service: 'elsewhere', method: 'report' })
    const { lanes } = new Simulation([every(1, 'a'), other, every(1, 'b'), elsewhere], () => 1)
    expect(lanes.map(({ id, timers }) => [id, timers.map(({ definition }) => definition.id)])).toEqual([
      ['svc.report', ['svc.report#a', 'svc.report#b']],
      ['svc.other', ['svc.other']],
      ['elsewhere.report', ['elsewhere.report']],
    ])
  })

  it('each timer of a method keeps its own cadence and its own ledger', async () => {
    const simulation = started(() => 10)
    await simulation.advance(490)
    expect(simulation.runs.map(({ entrypoint, start }) => [entrypoint, start])).toEqual([
      ['svc.report#often', 100],
      ['svc.report#often', 200],
      ['svc.report#seldom', 250],
      ['svc.report#often', 300],
      ['svc.report#often', 400],
    ])
    expect(counts(simulation, 0)).toMatchObject({ due: 4, runs: { completed: 4 } })
    expect(counts(simulation, 1)).toMatchObject({ due: 1, runs: { completed: 1 } })
    expect(simulation.imbalance).toBe(0)
  })

  it('a run of one timer makes a tick of another timer of the same method overlap', async () => {
    const simulation = started((_run, timer) => (timer === 1 ? 120 : 10))
    await simulation.advance(450)
    expect(simulation.mostAtOnce).toEqual([1, 1])
    expect(simulation.skips(0)).toEqual({ running: 1 })
    expect(simulation.skips(1)).toEqual({})
    expect(simulation.runs.map(({ start }) => start)).toEqual([100, 200, 250, 400])
    expect(simulation.imbalance).toBe(0)
  })

  it('of two timers that come due together, the second tick is skipped as running while the first is still in its gate', async () => {
    const simulation = new Simulation([every(100_000, 'first'), every(100_000, 'second')], () => 10)
    simulation.scheduler.start()
    await simulation.advance(490)
    expect(simulation.skips(0)).toEqual({})
    expect(simulation.skips(1)).toEqual({ running: 4 })
    expect(simulation.imbalance).toBe(0)
  })

  it('a waiting tick is superseded in the ledger of its own timer, also by a tick of another timer', async () => {
    const simulation = started((run) => (run === 0 ? 180 : 10), { overlap: 'wait' })
    // The tick of `often` at 200 waits for the run that began at 100, until 280; that of `seldom` at 250 takes its place.
    await simulation.advance(295)
    expect(simulation.skips(0)).toEqual({ superseded: 1 })
    expect(simulation.runs.map(({ entrypoint, start }) => [entrypoint, start])).toEqual([
      ['svc.report#often', 100],
      ['svc.report#seldom', 280],
    ])
    expect(simulation.imbalance).toBe(0)
  })

  it('the ticks of a paused timer are skipped while the other timers of its method continue', async () => {
    const simulation = started(() => 10)
    simulation.timers[0]!.isPaused = true
    await simulation.advance(490)
    expect(simulation.skips(0)).toEqual({ paused: 4 })
    expect(simulation.runs.map(({ entrypoint }) => entrypoint)).toEqual(['svc.report#seldom'])
  })

  it('a window applies only to the timer that has it', async () => {
    const window = { days: ['sun'], fromMinute: 0, toMinute: 60, timezone: 'UTC' } as const
    const simulation = new Simulation([every(100_000, 'sundays', { window }), every(250_000, 'always')], () => 10, {
      wall: Date.UTC(2026, 0, 5),
    })
    simulation.scheduler.start()
    await simulation.advance(290)
    expect(simulation.skips(0)).toEqual({ outside_window: 2 })
    expect(simulation.runs.map(({ entrypoint }) => entrypoint)).toEqual(['svc.report#always'])
  })

  it('the last success belongs to the timer whose run it was', async () => {
    const simulation = started((_run, timer) => ({ takes: 10, fails: timer === 1 }))
    await simulation.advance(290)
    expect(simulation.timers[0]!.lastSuccessAt).toBe(Date.UTC(2026, 0, 5) + 210)
    expect(simulation.timers[1]!.lastSuccessAt).toBeUndefined()
  })

  it('failures of all timers of a method open its one circuit', async () => {
    const breaker = { failures: 3, reset: 10_000_000, factor: 2, max: 10_000_000 }
    const simulation = started(() => ({ takes: 10, fails: true }), { breaker })
    await simulation.advance(550)
    expect(simulation.runs.map(({ start }) => start)).toEqual([100, 200, 250])
    expect(simulation.skips(0)).toEqual({ circuit_open: 3 })
    expect(simulation.skips(1)).toEqual({ circuit_open: 1 })
  })

  it('a tick by hand is counted in the ledger of the triggered timer, with its own sequence numbers', async () => {
    const simulation = started(() => 10)
    const [often, seldom] = simulation.timers
    expect(simulation.admission.trigger(seldom!)).toBe('started')
    await simulation.advance(20)
    expect(simulation.admission.trigger(often!)).toBe('started')
    await simulation.advance(20)
    expect(simulation.ended.map(({ entrypoint, sequence }) => [entrypoint, sequence])).toEqual([
      ['svc.report#seldom', -1],
      ['svc.report#often', -1],
    ])
    expect(simulation.imbalance).toBe(0)
  })

  it('each timer applies its own `missed` policy after a stall, and each ledger balances', async () => {
    const simulation = new Simulation(
      [every(100_000, 'all', { missed: 'all' }), every(100_000, 'skip', { missed: 'skip' })],
      () => 10,
    )
    simulation.scheduler.start()
    await simulation.advance(50)
    await simulation.clock.stall(480_000)
    await simulation.advance(60)
    expect(counts(simulation, 0).skipped.missed).toBe(0)
    expect(counts(simulation, 1).skipped.missed).toBeGreaterThanOrEqual(4)
    expect(counts(simulation, 0).due).toBe(5)
    expect(counts(simulation, 1).due).toBe(5)
    expect(simulation.imbalance).toBe(0)
  })

  it('a lost lease stops the runs of all timers of the method', async () => {
    const lease = { scope: 'leader', lease: 'svc', overlap: 'allow', concurrency: 2 } as const
    const simulation = started(() => ({ takes: Number.POSITIVE_INFINITY, stopsIn: 5 }), lease)
    await simulation.advance(260)
    expect(simulation.lanes[0]!.runs.size).toBe(2)
    simulation.holdsLease = false
    const lost = simulation.stopper.loseLease('svc')
    await simulation.advance(10)
    await lost
    expect(simulation.lanes[0]!.isQuiet).toBe(true)
    await simulation.stopper.stop()
    expect(simulation.imbalance).toBe(0)
  })
})
