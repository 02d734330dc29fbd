/** The dispatcher adds to the ring of recent ticks what became of each tick, once. */
import { describe, expect, it } from 'vitest'
import { TickRingReader } from '../../src/counters/tick-ring-reader.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

describe('recent ticks', () => {
  it('recent ticks are those of the events, in the same order, and as many as the ledger has placed', async () => {
    const slow = timerDefinition({ method: 'slow', retry: { attempts: 2, backoff: QUICK } })
    const simulation = new Simulation([timerDefinition(), slow], (run, timer) =>
      timer === 0 ? 30 : { takes: 130, fails: run % 3 !== 0 },
    )
    const told: unknown[] = []
    simulation.events.on('tick.skipped', ({ entrypoint, reason, count, sequence }) => {
      told.push({ entrypoint, end: 'skipped', reason, count, sequence })
    })
    simulation.events.on('run.ended', ({ entrypoint, outcome, attempt, sequence, threadId }) => {
      told.push({ entrypoint, end: 'run', outcome, attempts: attempt, sequence, threadId })
    })
    const reader = new TickRingReader(simulation.counters.recent.memory)
    simulation.scheduler.start()
    await simulation.advance(1_050)
    await simulation.clock.stall(350_000)
    await simulation.advance(500)
    const ticks = reader.read()
    const names = simulation.counters.catalogue.timers.map(({ id }) => id)
    expect(
      ticks.map(({ timer, dueMono: _dueMono, dueWall: _dueWall, ...facts }) => {
        const { startedAt: _startedAt, endedAt: _endedAt, ...others } = { startedAt: 0, endedAt: 0, ...facts }
        return { entrypoint: names[timer], ...others }
      }),
    ).toEqual(told)
    const kinds = new Set(ticks.map((tick) => (tick.end === 'run' ? `${tick.outcome} ${tick.attempts}` : tick.reason)))
    expect([...kinds].sort()).toEqual(expect.arrayContaining(['completed 1', 'failed 2', 'missed', 'running']))
    const placed = ticks.reduce((sum, tick) => sum + (tick.end === 'run' ? 1 : tick.count), 0)
    const inLedgers = simulation.timers.reduce(
      (sum, { ledger }) => sum + ledger.due - ledger.active - ledger.pending,
      0,
    )
    expect([placed, reader.lost]).toEqual([inLedgers, 0])
  })
})

const QUICK = { initial: 10_000, factor: 1, max: 10_000, jitter: 0 }
