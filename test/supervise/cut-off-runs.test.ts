import { describe, expect, it } from 'vitest'
import { Events } from '../../src/kernel/events.js'
import { noteCutOffRuns } from '../../src/supervise/admin/cut-off-runs.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const RUN = { entrypoint: 'svc.work', service: 'svc', method: 'work' }
const ERROR = { name: 'ThreadExit', message: 'the thread was killed' }

describe('runs that ended with their thread', () => {
  it('are told to the history, 20 in a second, and the others are counted', async () => {
    const [clock, events] = [new VirtualClock(), new Events()]
    const told: number[] = []
    let dropped = 0
    const stop = noteCutOffRuns({
      events,
      clock,
      output: { noteError: ({ sequence }) => void told.push(sequence) },
      memory: { addDroppedNote: () => void dropped++ },
    })
    for (let sequence = 0; sequence < 50; sequence++) events.emit('run.cut_off', { ...RUN, sequence, error: ERROR })
    expect([told.length, dropped]).toEqual([20, 30])
    await clock.advance(1_000_000)
    events.emit('run.cut_off', { ...RUN, sequence: 99, error: ERROR })
    stop()
    events.emit('run.cut_off', { ...RUN, sequence: 100, error: ERROR })
    expect([told.length, told.at(-1), dropped]).toEqual([21, 99, 30])
  })

  it('are those whose threads were killed, and not those that failed or were aborted in time', async () => {
    const definitions = [
      timerDefinition({ method: 'stuck', timeout: 20_000, abortGrace: 10_000 }),
      timerDefinition({ method: 'late', timeout: 20_000 }),
      timerDefinition({ method: 'failing' }),
    ]
    const plans = [{ takes: Infinity }, { takes: Infinity, stopsIn: 1 }, { takes: 1, fails: true }]
    const simulation = new Simulation(definitions, (_run, timer) => plans[timer]!)
    const told: unknown[] = []
    simulation.events.on('run.cut_off', ({ entrypoint, sequence, error }) => {
      told.push([entrypoint, sequence, error?.message, simulation.ended.length])
    })
    simulation.scheduler.start()
    await simulation.advance(140)
    const [stuck] = definitions
    // Before `run.ended` of the same run, which is the third of the three that have ended by then.
    expect(told).toEqual([[stuck!.id, 1, 'crashed', 2]])
  })
})
