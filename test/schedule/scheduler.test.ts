import { describe, expect, it } from 'vitest'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

function started(given: Partial<TimerDefinition>, duration = 1, wall?: number): Simulation {
  const simulation = new Simulation([timerDefinition(given)], () => duration, wall === undefined ? {} : { wall })
  simulation.scheduler.start()
  return simulation
}

describe('Scheduler', () => {
  it('starts every tick exactly when it is due, however many', async () => {
    const simulation = started({ schedule: { kind: 'interval', interval: 33_333, align: false } })
    await simulation.advance(60_000)
    expect(simulation.runs.length).toBe(1800)
    for (const [index, run] of simulation.runs.entries()) expect(run.start).toBe(((index + 1) * 33_333) / 1_000)
  })

  it('fires an eager timer at the start too', async () => {
    const simulation = started({ eager: true })
    await simulation.advance(150)
    expect(simulation.runs.map((run) => run.start)).toEqual([0, 100])
    expect(simulation.ended.map((run) => run.sequence)).toEqual([0, 1])
  })

  it('keeps to the grid after a stall of 3 s, runs at most one of the late ticks and counts the others as missed', async () => {
    const simulation = started({})
    await simulation.advance(250)
    await simulation.clock.stall(2_990_000)
    await simulation.advance(270)
    expect(simulation.runs.map((run) => run.due)).toEqual([100, 200, 3200, 3300, 3400, 3500])
    expect(simulation.runs[2]!.start).toBe(3240)
    expect(simulation.skips()).toEqual({ missed: 29 })
    expect(simulation.imbalance).toBe(0)
  })

  it.each([
    ['skip', [100, 600, 700, 800], { missed: 4 }],
    ['once', [100, 500, 600, 700, 800], { missed: 3 }],
    ['all', [100, 500, 200, 300, 400, 600, 700, 800], {}],
  ] as const)('treats ticks found late by missed: %s', async (missed, due, skips) => {
    const simulation = started({ missed, startDeadline: 10_000_000 })
    await simulation.advance(150)
    await simulation.clock.stall(430_000)
    await simulation.advance(270)
    expect(simulation.runs.map((run) => run.due)).toEqual(due)
    expect(simulation.skips()).toEqual(skips)
    expect(simulation.mostAtOnce[0]).toBe(1)
    expect(simulation.imbalance).toBe(0)
  })

  it('does not start a tick after its start deadline', async () => {
    const simulation = started({ overlap: 'wait', startDeadline: 50_000 }, 270)
    await simulation.advance(1_000)
    for (const run of simulation.runs) expect(run.start - run.due).toBeLessThanOrEqual(50)
    expect(simulation.skips().missed).toBeGreaterThan(0)
    expect(simulation.imbalance).toBe(0)
  })

  it('keeps an interval timer on its grid when the wall clock is set', async () => {
    const simulation = started({})
    const jumps: string[] = []
    simulation.events.on('clock.jumped', ({ direction }) => jumps.push(direction))
    await simulation.advance(250)
    simulation.clock.jumpWall(3_600_000)
    await simulation.advance(200)
    simulation.clock.jumpWall(-7_200_000)
    await simulation.advance(200)
    expect(simulation.runs.map((run) => run.start)).toEqual([100, 200, 300, 400, 500, 600])
    expect(jumps).toEqual(['forward', 'backward'])
  })

  it('runs a cron timer at the times of its expression, also when the wall clock is set between two of them', async () => {
    const midnight = Date.UTC(2026, 0, 5)
    const schedule = { kind: 'cron', expression: '*/10 * * * * *', timezone: 'UTC' } as const
    const simulation = started({ schedule, missed: 'once' }, 1, midnight + 1_000)
    await simulation.advance(10_000)
    expect(simulation.ended.map((run) => run.dueWall - midnight)).toEqual([10_000])
    simulation.clock.jumpWall(7_000)
    await simulation.advance(3_000)
    expect(simulation.ended.map((run) => run.dueWall - midnight)).toEqual([10_000, 20_000])
  })

  it('delays ticks by jitter, by the same amounts in every process and never past the next tick', async () => {
    const first = started({ jitter: 80_000 })
    const second = started({ jitter: 80_000 })
    await first.advance(2_000)
    await second.advance(2_000)
    expect(first.runs).toEqual(second.runs)
    expect(new Set(first.runs.map((run) => run.start % 100)).size).toBeGreaterThan(10)
    expect(first.runs.length).toBeGreaterThanOrEqual(19)
  })

  it('skips ticks outside the window', async () => {
    const window = { days: ['mon'], fromMinute: 9 * 60, toMinute: 9 * 60 + 1, timezone: 'UTC' } as const
    const schedule = { kind: 'interval', interval: 10_000_000, align: false } as const
    const simulation = started({ window, schedule }, 1, Date.UTC(2026, 0, 5, 8, 59, 25))
    await simulation.advance(120_000)
    expect(simulation.runs.map((run) => run.due / 1_000)).toEqual([40, 50, 60, 70, 80, 90])
    expect(simulation.skips()).toEqual({ outside_window: 6 })
    expect(simulation.imbalance).toBe(0)
  })

  it('counts a new interval from the last due moment', async () => {
    const simulation = started({ schedule: { kind: 'adaptive', initial: 100_000 } })
    await simulation.advance(250)
    simulation.scheduler.changeInterval(0, 300_000)
    await simulation.advance(700)
    expect(simulation.runs.map((run) => run.due)).toEqual([100, 200, 500, 800])
    simulation.scheduler.changeInterval(0, 50_000)
    await simulation.advance(60)
    expect(simulation.runs.map((run) => run.due).slice(4)).toEqual([950, 1000])
  })

  it('starts no tick early when every alarm is 0.9 ms early', async () => {
    const schedule = { kind: 'interval', interval: 8_000, align: false } as const
    const definitions = Array.from({ length: 1_500 }, (_, index) => timerDefinition({ method: `m${index}`, schedule }))
    const simulation = new Simulation(definitions, () => 1)
    const { clock } = simulation
    const setAlarm = clock.setAlarm.bind(clock)
    clock.setAlarm = (at, wake) => setAlarm(at - 900, wake)
    simulation.scheduler.start()
    await simulation.advance(20)
    expect(simulation.runs.length).toBe(3_000)
    for (const run of simulation.runs) expect(run.start).toBeGreaterThanOrEqual(run.due)
  })

  it('brings no tick after it was stopped', async () => {
    const simulation = started({})
    await simulation.advance(250)
    simulation.scheduler.stop()
    await simulation.stopper.stop()
    await simulation.advance(1_000)
    expect(simulation.runs.length).toBe(2)
    expect(simulation.imbalance).toBe(0)
  })

  it('keeps a tick while the thread is down, and starts it when the thread is up', async () => {
    const simulation = started({})
    simulation.threads = 'down'
    await simulation.advance(350)
    expect(simulation.runs).toEqual([])
    expect(simulation.timers[0]!.ledger.counts()).toMatchObject({ due: 3, pending: 1, skipped: { superseded: 2 } })
    simulation.threads = 'idle'
    simulation.admission.startWaiting(simulation.lanes[0]!)
    await simulation.advance(60)
    expect(simulation.runs.map((run) => [run.due, run.start])).toEqual([
      [300, 350],
      [400, 400],
    ])
  })
})
