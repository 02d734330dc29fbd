/** What the dispatcher counts of runs, in the shared memory of their timer and method. */
import { describe, expect, it, vi } from 'vitest'
import { DURATION_BOUNDS, LATENESS_BOUNDS } from '../../src/counters/histogram-bounds.js'
import { CounterReader } from '../../src/counters/reader.js'
import { METHOD_ROW, TIMER_ROW } from '../../src/counters/row-shapes.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { ABORT_CAUSES, CIRCUIT_STATES, RETRY_RESULTS } from '../../src/kernel/vocabulary.js'
import { type Durations, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const { at } = TIMER_ROW

async function simulate(definition: Partial<TimerDefinition>, durations: Durations, millis: number) {
  const simulation = new Simulation([timerDefinition(definition)], durations)
  simulation.scheduler.start()
  await simulation.advance(millis)
  const [timer] = simulation.timers
  return { simulation, timer: timer!, lane: timer!.lane }
}

describe('what is counted of runs', () => {
  it('what is counted of runs includes lateness, duration and the last success', async () => {
    const { simulation, timer } = await simulate({}, () => 7, 350)
    const sumAt = (first: number, bounds: readonly number[]) => timer.row.get(first + bounds.length + 1)
    expect(timer.ledger.counts().runs.completed).toBe(3)
    expect(sumAt(at.duration, DURATION_BOUNDS)).toBeCloseTo(0.021, 9)
    expect(sumAt(at.lateness, LATENESS_BOUNDS)).toBe(0)
    expect(timer.lastSuccessAt).toBe(simulation.clock.wallNow() - 350 + 307)
  })

  it('what is counted of a run changes at once for a reader: outcome, lateness and duration together', async () => {
    const { simulation, timer } = await simulate({}, () => 7, 50)
    const reader = new CounterReader(simulation.counters.catalogue, simulation.counters.memory)
    const stale: number[] = []
    const observe = timer.row.observe.bind(timer.row)
    vi.spyOn(timer.row, 'observe').mockImplementation((...observation) => {
      observe(...observation)
      stale.push(reader.snapshot().staleRows)
    })
    await simulation.advance(100)
    expect(stale).toEqual([1, 2])
    expect(reader.snapshot().staleRows).toBe(2)
  })

  it('what is counted of a method is the state of its circuit and its failures in a row', async () => {
    const breaker = { failures: 2, reset: 250_000, factor: 1, max: 250_000 }
    const { simulation, lane } = await simulate({ breaker }, (run) => ({ takes: 5, fails: run < 2 }), 150)
    const gauges = () => [
      CIRCUIT_STATES[lane.row.get(METHOD_ROW.at.circuit)],
      lane.row.get(METHOD_ROW.at.consecutiveFailures),
    ]
    expect(gauges()).toEqual(['closed', 1])
    await simulation.advance(100)
    expect(gauges()).toEqual(['open', 2])
    await simulation.advance(252)
    expect(gauges()).toEqual(['half_open', 2])
    await simulation.advance(10)
    expect(gauges()).toEqual(['closed', 0])
  })

  it('what is counted of runs includes retries and aborts', async () => {
    const backoff = { initial: 1_000, factor: 1, max: 1_000, jitter: 0 }
    const retry = { attempts: 2, backoff }
    const retried = await simulate({ retry }, (run) => ({ takes: 5, fails: run === 0 || run >= 2 }), 250)
    expect(RETRY_RESULTS.map((_, index) => retried.timer.row.get(at.retries + index))).toEqual([2, 1, 1])
    const { timer } = await simulate({ timeout: 20_000 }, () => ({ takes: 80, stopsIn: 1 }), 150)
    const aborts = ABORT_CAUSES.filter((_, index) => timer.row.get(at.aborts + index) === 1)
    expect(aborts).toEqual(['timeout'])
  })
})
