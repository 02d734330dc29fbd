/** What the rows of a timer and of a method tell other threads of the present: the oldest run in progress, and the circuit. */
import { describe, expect, it } from 'vitest'
import { METHOD_ROW, TIMER_ROW } from '../../src/counters/row-shapes.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { CIRCUIT_REASONS, CIRCUIT_STATES } from '../../src/kernel/vocabulary.js'
import { type Durations, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const START = 1_000_000

function simulate(durations: Durations, definition: Partial<TimerDefinition> = {}) {
  const simulation = new Simulation([timerDefinition(definition)], durations, { start: START })
  const [timer] = simulation.timers
  const { row } = timer!.lane
  const since = (moment: number) => (moment === 0 ? undefined : (moment - START) / 1_000)
  simulation.scheduler.start()
  return {
    simulation,
    /** In milliseconds after the start; undefined when no run is in progress. */
    async oldestRunAfter(millis: number) {
      await simulation.advance(millis)
      return since(timer!.row.get(TIMER_ROW.at.oldestRunDue))
    },
    async circuitAfter(millis: number) {
      await simulation.advance(millis)
      return {
        state: CIRCUIT_STATES[row.get(METHOD_ROW.at.circuit)],
        reason: CIRCUIT_REASONS[row.get(METHOD_ROW.at.circuitReason)],
        until: since(row.get(METHOD_ROW.at.circuitUntil)),
      }
    },
  }
}

describe('the oldest run in progress', () => {
  it('the due moment of a run stands in the row of its timer from its hand-over until its end', async () => {
    const { oldestRunAfter } = simulate(() => 250)
    expect(await oldestRunAfter(90)).toBeUndefined()
    expect(await oldestRunAfter(9)).toBe(100)
    expect(await oldestRunAfter(250)).toBe(100)
    expect(await oldestRunAfter(2)).toBeUndefined()
  })

  it('of several runs in progress the oldest one stands in the row', async () => {
    const { oldestRunAfter } = simulate((run) => (run === 0 ? 250 : 1_000), { overlap: 'allow', concurrency: 10 })
    expect(await oldestRunAfter(310)).toBe(100)
    expect(await oldestRunAfter(50)).toBe(200)
  })
})

describe('the circuit', () => {
  it('the row of a method tells until when its circuit is open, and why', async () => {
    const breaker = { failures: 2, reset: 1_000_000, factor: 2, max: 60_000_000 }
    const { circuitAfter } = simulate((run) => (run < 2 ? { takes: 10, fails: true } : 250), { breaker })
    expect((await circuitAfter(150)).state).toBe('closed')
    expect(await circuitAfter(100)).toEqual({ state: 'open', reason: 'circuit_open', until: 1_210 })
    expect(await circuitAfter(1_100)).toEqual({ state: 'half_open', reason: 'circuit_open', until: undefined })
    expect((await circuitAfter(300)).state).toBe('closed')
  })
})
