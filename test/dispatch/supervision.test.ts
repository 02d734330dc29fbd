import { describe, expect, it } from 'vitest'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { type Durations, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

function started(given: Partial<TimerDefinition>, durations: Durations): Simulation {
  const simulation = new Simulation([timerDefinition(given)], durations)
  simulation.scheduler.start()
  return simulation
}

const outcomes = (simulation: Simulation) => simulation.ended.map((run) => run.outcome)

describe('a time-out', () => {
  // due:     1----2----3----4----5
  // timeout: [1=======!x]-[3]--[4]        aborted at !, ends by itself at x
  it('a time-out aborts a run, and the lane is free when the run ends', async () => {
    const simulation = started({ timeout: 120_000 }, (run) => (run === 0 ? { takes: 9e9, stopsIn: 30 } : 1))
    await simulation.advance(420)
    expect(simulation.runs.map((run) => run.start)).toEqual([100, 300, 400])
    expect(simulation.runs[0]!.end).toBe(250)
    expect(outcomes(simulation)).toEqual(['timed_out', 'completed', 'completed'])
    expect(simulation.skips()).toEqual({ running: 1 })
    expect(simulation.imbalance).toBe(0)
  })

  it('a time-out kills a run that does not end within its grace, and not before', async () => {
    const simulation = started({ timeout: 120_000, abortGrace: 200_000 }, (run) => (run === 0 ? 9e9 : 1))
    await simulation.advance(520)
    expect(simulation.runs.map((run) => run.end)).toEqual([420, 501])
    expect(outcomes(simulation)).toEqual(['timed_out', 'completed'])
  })

  it('a time-out counts from the start of the method, and does not affect shorter runs', async () => {
    const simulation = started({ timeout: 95_000 }, () => 90)
    await simulation.advance(2_050)
    expect(outcomes(simulation).every((outcome) => outcome === 'completed')).toBe(true)
  })
})

describe('overlap replace', () => {
  // due:      1----2----3----4
  // replace:  [1===!x][2===!x][3===!x]      aborted when the next tick is due, which starts when the run has ended
  it('overlap replace starts the new run after the old one has ended', async () => {
    const simulation = started({ overlap: 'replace' }, () => ({ takes: 9e9, stopsIn: 20 }))
    await simulation.advance(450)
    expect(simulation.runs.map((run) => run.start)).toEqual([100, 220, 320, 420])
    expect(simulation.mostAtOnce[0]).toBe(1)
    expect(outcomes(simulation)).toEqual(['aborted', 'aborted', 'aborted'])
    expect(simulation.imbalance).toBe(0)
  })

  it('overlap replace keeps only the newest tick while the old run ignores its abort, and kills that run at the end of its grace', async () => {
    const simulation = started({ overlap: 'replace', abortGrace: 250_000 }, (run) => (run === 0 ? 9e9 : 1))
    await simulation.advance(560)
    expect(simulation.runs.map((run) => [run.due, run.start])).toEqual([
      [100, 100],
      [400, 450],
      [500, 500],
    ])
    expect(simulation.skips()).toEqual({ superseded: 2 })
  })
})

describe('a retry', () => {
  const retry = { attempts: 3, backoff: { initial: 30_000, factor: 2, max: 1_000_000, jitter: 0 } }

  // due:    1----2----3----4
  // retry:  [x]..[x]....[1]  [4]        one run in three attempts; the lane counts as running between them
  it('a retry starts after the back-off as part of the same run, which keeps its lane', async () => {
    const simulation = started({ retry }, (run) => ({ takes: 10, fails: run < 2 }))
    await simulation.advance(350)
    expect(simulation.runs.map((run) => run.start)).toEqual([100, 140, 210, 300])
    expect(simulation.ended.map((run) => [run.outcome, run.attempt])).toEqual([
      ['completed', 3],
      ['completed', 1],
    ])
    expect(simulation.skips()).toEqual({ running: 1 })
    expect(simulation.imbalance).toBe(0)
  })

  it('a run counts as running while it waits for its next attempt', async () => {
    const slow = { ...retry, attempts: 2, backoff: { ...retry.backoff, initial: 150_000 } }
    const simulation = started({ retry: slow }, (run) => ({ takes: 10, fails: run === 0 }))
    await simulation.advance(350)
    expect(simulation.skips()).toEqual({ running: 1 })
    expect(simulation.runs.map((run) => run.start)).toEqual([100, 260, 300])
  })

  it('a retry is dropped when another tick replaces its run during the back-off', async () => {
    const slow = { ...retry, attempts: 2, backoff: { ...retry.backoff, initial: 150_000 } }
    const simulation = started({ retry: slow, overlap: 'replace' }, (run) => ({ takes: 60, fails: run === 0 }))
    await simulation.advance(450)
    expect(simulation.ended.map((run) => run.outcome)).toEqual(['aborted', 'completed', 'completed'])
    expect(simulation.imbalance).toBe(0)
  })

  it('a run fails once, with the last error, when every attempt has failed', async () => {
    const simulation = started({ retry }, () => ({ takes: 10, fails: true }))
    await simulation.advance(250)
    expect(simulation.ended.map((run) => [run.outcome, run.attempt])).toEqual([['failed', 3]])
    expect(simulation.timers[0]!.ledger.counts().runs.failed).toBe(1)
  })

  it('a retry does not start after a stop', async () => {
    const simulation = started({ retry }, () => ({ takes: 10, fails: true }))
    await simulation.advance(120)
    simulation.scheduler.stop()
    await simulation.stopper.stop()
    await simulation.advance(1_000)
    expect(simulation.runs.length).toBe(1)
    expect(outcomes(simulation)).toEqual(['failed'])
    expect(simulation.imbalance).toBe(0)
  })
})

describe('a circuit breaker', () => {
  it('a circuit breaker skips ticks after failures in a row, allows one probe, and closes when it succeeds', async () => {
    const breaker = { failures: 3, reset: 500_000, factor: 2, max: 10_000_000 }
    const simulation = started({ breaker }, (run) => ({ takes: 1, fails: run < 4 }))
    const states: string[] = []
    simulation.events.on('circuit.changed', ({ state }) => states.push(state))
    await simulation.advance(2_250)
    expect(simulation.runs.map((run) => run.start).slice(0, 5)).toEqual([100, 200, 300, 900, 2000])
    expect(simulation.runs.map((run) => run.start).slice(5)).toEqual([2100, 2200])
    expect(states).toEqual(['open', 'half_open', 'open', 'half_open', 'closed'])
    expect(simulation.skips()).toEqual({ circuit_open: 15 })
    expect(simulation.imbalance).toBe(0)
  })
})

describe('by hand', () => {
  it('a trigger adds a tick that obeys overlap and ignores a pause', async () => {
    const simulation = started({}, () => 50)
    const timer = simulation.timers[0]!
    timer.isPaused = true
    await simulation.advance(150)
    expect(simulation.skips()).toEqual({ paused: 1 })
    expect(simulation.admission.trigger(timer)).toBe('started')
    await simulation.advance(10)
    expect(simulation.admission.trigger(timer)).toBe('running')
    await simulation.advance(60)
    expect(outcomes(simulation)).toEqual(['completed'])
    expect(timer.ledger.counts()).toMatchObject({ due: 4, skipped: { paused: 2, running: 1 }, runs: { completed: 1 } })
  })

  it('ticks that passed in a stall during a pause do not run later', async () => {
    const simulation = started({ missed: 'all' }, () => 1)
    simulation.timers[0]!.isPaused = true
    await simulation.advance(150)
    await simulation.clock.stall(400_000)
    simulation.timers[0]!.isPaused = false
    await simulation.advance(200)
    expect(simulation.skips()).toEqual({ paused: 5 })
    expect(simulation.runs.map((run) => run.due)).toEqual([600, 700])
  })

  it('ticks that passed during a pause do not run when it ends', async () => {
    const simulation = started({ missed: 'all' }, () => 1)
    simulation.timers[0]!.isPaused = true
    await simulation.advance(1_050)
    simulation.timers[0]!.isPaused = false
    await simulation.advance(300)
    expect(simulation.runs.map((run) => run.start)).toEqual([1100, 1200, 1300])
    expect(simulation.skips()).toEqual({ paused: 10 })
  })
})
