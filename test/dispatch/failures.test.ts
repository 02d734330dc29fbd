/** Failures in a row: how they are counted, and when they are reported. */
import { describe, expect, it } from 'vitest'
import { FailureStreak } from '../../src/dispatch/failure-streak.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { type Durations, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

describe('the row of failures of a method', () => {
  it('a streak is reported at 5, 10, 20, 40 and 80 failures', () => {
    const streak = new FailureStreak()
    const told: number[] = []
    for (let failure = 1; failure <= 100; failure++) if (streak.failed()) told.push(failure)
    expect(told).toEqual([5, 10, 20, 40, 80])
    expect(streak.length).toBe(100)
  })

  it('the end of a streak is reported only if the streak was, and the next streak is reported from 5 failures on', () => {
    const streak = new FailureStreak()
    for (let failure = 0; failure < 4; failure++) streak.failed()
    expect(streak.succeeded()).toBe(0)
    for (let failure = 0; failure < 7; failure++) streak.failed()
    expect(streak.succeeded()).toBe(7)
    expect(streak.succeeded()).toBe(0)
    expect([1, 2, 3, 4, 5].map(() => streak.failed())).toEqual([false, false, false, false, true])
  })
})

function started(given: Partial<TimerDefinition>, durations: Durations) {
  const simulation = new Simulation([timerDefinition(given)], durations)
  const told: string[] = []
  simulation.events.on('entrypoint.failing', ({ entrypoint, failures, state }) =>
    told.push(`${entrypoint} ${state} ${failures}`),
  )
  simulation.scheduler.start()
  return { simulation, told, lane: simulation.lanes[0]! }
}

describe('the event entrypoint.failing', () => {
  it('entrypoint.failing is emitted at 5, 10 and 20 failures in a row and at the recovery, without a breaker', async () => {
    const { simulation, told, lane } = started({}, (run) => ({ takes: 1, fails: run < 23 }))
    await simulation.advance(2_350)
    expect(lane.failures.length).toBe(23)
    await simulation.advance(500)
    expect(told).toEqual(['svc.work failing 5', 'svc.work failing 10', 'svc.work failing 20', 'svc.work recovered 23'])
    expect(lane.failures.length).toBe(0)
  })

  it('entrypoint.failing is emitted neither after four failures nor at the success after them', async () => {
    const { simulation, told } = started({}, (run) => ({ takes: 1, fails: run < 4 }))
    await simulation.advance(1_050)
    expect(told).toEqual([])
  })

  it('a streak counts time-outs, and counts a run of several attempts once', async () => {
    const retry = { attempts: 2, backoff: { initial: 1_000, factor: 1, max: 1_000, jitter: 0 } }
    const failing = started({ retry }, () => ({ takes: 1, fails: true }))
    await failing.simulation.advance(550)
    expect(failing.told).toEqual(['svc.work failing 5'])
    const late = started({ timeout: 10_000 }, () => ({ takes: Number.POSITIVE_INFINITY, stopsIn: 1 }))
    await late.simulation.advance(550)
    expect(late.told).toEqual(['svc.work failing 5'])
  })

  it('a streak neither counts runs that were aborted without a time-out, nor ends at them', async () => {
    const { simulation, told, lane } = started({ overlap: 'replace' }, (run) =>
      run === 2 ? { takes: 9e9, stopsIn: 1 } : { takes: 1, fails: true },
    )
    await simulation.advance(350)
    expect(lane.failures.length).toBe(2)
    await simulation.advance(300)
    expect(simulation.ended.map(({ outcome }) => outcome)).toEqual([
      'failed',
      'failed',
      'aborted',
      'failed',
      'failed',
      'failed',
    ])
    expect(lane.failures.length).toBe(5)
    expect(told).toEqual(['svc.work failing 5'])
  })

  it('a streak counts the runs of all timers of a method together, and names the method', async () => {
    const definitions = ['a', 'b'].map((name) => timerDefinition({ name, overlap: 'allow', concurrency: 2 }))
    const simulation = new Simulation(definitions, () => ({ takes: 1, fails: true }))
    const told: string[] = []
    simulation.events.on('entrypoint.failing', ({ entrypoint, failures }) => told.push(`${entrypoint} ${failures}`))
    simulation.scheduler.start()
    await simulation.advance(550)
    expect(told).toEqual(['svc.work 5', 'svc.work 10'])
  })
})
