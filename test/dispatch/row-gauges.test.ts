/** What the rows of a timer and of a method tell other threads of the present: the oldest run in progress, and the circuit. */
import { describe, expect, it } from 'vitest'
import { METHOD_ROW, TIMER_ROW } from '../../src/counters/row-shapes.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { CIRCUIT_REASONS, CIRCUIT_STATES } from '../../src/kernel/vocabulary.js'
import { QueueSimulation, queued } from '../support/queue-simulation.js'
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
      return since(timer!.row.get(TIMER_ROW.at.oldestRunSince))
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
  it('the due moment of a run that is handed over early stands in the row of its timer from then until its end', async () => {
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

describe('the oldest run of a tick that has waited', () => {
  it('a run whose tick waited for the run before it counts as in progress from when it was given to its thread', async () => {
    const { oldestRunAfter } = simulate((run) => (run === 0 ? 250 : 1_000), { overlap: 'wait' })
    expect(await oldestRunAfter(310)).toBe(100)
    expect(await oldestRunAfter(50)).toBe(350)
  })

  it('the run of a ticket counts as in progress from when it was given to its thread, however long the ticket has waited', async () => {
    const test = new QueueSimulation([queued({ overlap: 'allow', startDeadline: 60_000_000 })], () => 60_000, {
      room: 0,
    })
    test.simulation.scheduler.start()
    await test.advance(2_000)
    test.room = 1
    await test.advance(100)
    const [timer] = test.simulation.timers
    const now = test.simulation.clock.now()
    const due = [...timer!.lane.runs][0]!.tick.dueMono
    expect(now - due).toBeGreaterThan(1_900_000)
    expect(now - timer!.row.get(TIMER_ROW.at.oldestRunSince)).toBeLessThanOrEqual(100_000)
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
