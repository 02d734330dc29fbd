/** Runs that somebody aborts. The numbers in the titles are those of the invariants in run-phase.ts. */
import { describe, expect, it } from 'vitest'
import { TickRingReader } from '../../src/counters/tick-ring-reader.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { type Durations, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const retry = (delay: number) => ({
  attempts: 3,
  backoff: { initial: delay, factor: 1, max: delay, jitter: 0 },
})

async function scene(options: Partial<TimerDefinition>, durations: Durations, until: number) {
  const simulation = new Simulation([timerDefinition(options)], durations)
  const causes: string[] = []
  simulation.events.on('run.aborting', ({ cause }) => causes.push(cause))
  simulation.scheduler.start()
  await simulation.advance(until)
  const abort = () => [...simulation.lanes[0]!.runs].map((run) => simulation.lifecycle.abort(run))
  const recent = () => new TickRingReader(simulation.counters.recent.memory).read()
  return { simulation, causes, abort, recent }
}

describe('a run that is aborted by hand', () => {
  it('ends as aborted with the cause manual, is not retried, and frees its lane when its thread has reported it', async () => {
    const { simulation, causes, abort, recent } = await scene(
      { retry: retry(1_000) },
      (run) => (run === 0 ? { takes: Infinity, stopsIn: 5 } : 1),
      150,
    )
    expect(abort()).toEqual([true])
    expect(simulation.timers[0]!.ledger.active).toBe(1)
    await simulation.advance(100)
    expect(causes).toEqual(['manual'])
    expect(simulation.ended.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
      ['aborted', 1],
      ['completed', 1],
    ])
    expect(recent()[0]).toMatchObject({ outcome: 'aborted', cause: 'manual' })
    expect([simulation.imbalance, simulation.uncataloguedCounts]).toEqual([0, []])
  })

  it('is killed with its thread when it has not ended at the end of its grace', async () => {
    const { simulation, abort, recent } = await scene({ abortGrace: 20_000 }, () => ({ takes: Infinity }), 150)
    abort()
    await simulation.advance(19)
    expect(simulation.ended).toEqual([])
    await simulation.advance(2)
    expect(recent()).toMatchObject([{ outcome: 'aborted', cause: 'manual' }])
  })

  it('3. keeps the cause of an abort that came before', async () => {
    const { simulation, causes, abort, recent } = await scene(
      { timeout: 20_000 },
      () => ({ takes: Infinity, stopsIn: 50 }),
      150,
    )
    expect(abort()).toEqual([false])
    await simulation.advance(40)
    expect(causes).toEqual(['timeout'])
    expect(recent()).toMatchObject([{ outcome: 'timed_out', cause: 'timeout' }])
  })

  it('stays when it has not begun: another run occupies its thread, and the end of its grace would kill that one', async () => {
    // Handed over 2.5 ms early, it waits at the gate.
    const { simulation, causes, abort } = await scene({}, () => 1, 99)
    expect(simulation.timers[0]!.ledger.active).toBe(1)
    expect(abort()).toEqual([false])
    await simulation.advance(50)
    expect([causes, simulation.ended.map(({ outcome }) => outcome)]).toEqual([[], ['completed']])
  })

  it('ends at once while it waits for its next attempt', async () => {
    const { simulation, causes, abort, recent } = await scene(
      { retry: retry(60_000_000) },
      () => ({ takes: 1, fails: true }),
      150,
    )
    expect(abort()).toEqual([true])
    expect(recent()).toMatchObject([{ outcome: 'aborted', cause: 'manual', attempts: 1 }])
    expect([causes, simulation.timers[0]!.ledger.active]).toEqual([[], 0])
    await simulation.advance(100)
    expect(simulation.imbalance).toBe(0)
  })

  it('4. ends as aborted without another call of its method when its next attempt has not begun', async () => {
    const simulation = new Simulation([timerDefinition({ retry: retry(10_000), overlap: 'skip' })], () => ({
      takes: 1,
      fails: true,
    }))
    simulation.scheduler.start()
    await simulation.advance(100)
    // The second attempt is handed over in the middle of this step; its method has not been called when it is aborted.
    let aborted: boolean[] = []
    simulation.events.on('run.retrying', () => {
      simulation.clock.after(10_001, () => {
        aborted = [...simulation.lanes[0]!.runs].map((run) => simulation.lifecycle.abort(run))
      })
    })
    await simulation.advance(50)
    const recent = new TickRingReader(simulation.counters.recent.memory).read()
    expect(aborted).toEqual([true])
    expect(recent[0]).toMatchObject({ outcome: 'aborted', cause: 'manual' })
    expect(simulation.imbalance).toBe(0)
  })

  it('makes room for the tick that waits', async () => {
    const { simulation, abort } = await scene(
      { overlap: 'wait' },
      (run) => (run === 0 ? { takes: Infinity, stopsIn: 1 } : 1),
      250,
    )
    expect(simulation.timers[0]!.ledger.pending).toBe(1)
    abort()
    await simulation.advance(10)
    expect(simulation.ended.map(({ outcome }) => outcome)).toEqual(['aborted', 'completed'])
  })
})
