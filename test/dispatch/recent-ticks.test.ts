/** The dispatcher adds to the ring of recent ticks what became of each tick, once. */
import { describe, expect, it } from 'vitest'
import { TickRingReader } from '../../src/counters/tick-ring-reader.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import type { AbortCause } from '../../src/kernel/vocabulary.js'
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
    const ticks = reader.read().filter((tick) => tick.end === 'run' || tick.end === 'skipped')
    const names = simulation.counters.catalogue.timers.map(({ id }) => id)
    expect(
      ticks.map(({ timer, dueMono: _dueMono, dueWall: _dueWall, ...facts }) => {
        if (facts.end === 'skipped') return { entrypoint: names[timer], ...facts }
        const { startedAt: _startedAt, endedAt: _endedAt, bookedAt: _bookedAt, ...others } = facts
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

  it.each([
    ['timeout', { timeout: 20_000 }, async () => {}],
    ['replaced', { overlap: 'replace' }, async () => {}],
    ['stopping', {}, async ({ stopper }) => stopper.abortAll('stopping')],
    [
      'lease_lost',
      { scope: 'leader', lease: 'x' },
      async (simulation) => {
        simulation.holdsLease = false
        void simulation.stopper.loseLease('x')
      },
    ],
  ] satisfies [AbortCause, Partial<TimerDefinition>, (simulation: Simulation) => Promise<void>][])(
    'recent ticks say why a run was aborted (%s), and when its end was booked',
    async (cause, options, abort) => {
      const simulation = new Simulation([timerDefinition(options)], () => ({ takes: Infinity, stopsIn: 5 }))
      simulation.scheduler.start()
      await simulation.advance(150)
      await abort(simulation)
      await simulation.advance(60)
      const [tick] = new TickRingReader(simulation.counters.recent.memory).read()
      expect(tick).toMatchObject({ end: 'run', sequence: 1, cause })
      expect(tick).toMatchObject({ bookedAt: (tick as { endedAt: number }).endedAt })
    },
  )

  it.each([
    ['replaced', { overlap: 'replace' }, () => {}],
    [
      'lease_lost',
      { scope: 'leader', lease: 'x' },
      (simulation) => {
        simulation.holdsLease = false
        void simulation.stopper.loseLease('x')
      },
    ],
  ] satisfies [AbortCause, Partial<TimerDefinition>, (simulation: Simulation) => void][])(
    'recent ticks say why a run was ended while it waited for its next attempt: %s',
    async (cause, options, abort) => {
      const retry = { attempts: 2, backoff: { initial: 60_000_000, factor: 1, max: 60_000_000, jitter: 0 } }
      const simulation = new Simulation([timerDefinition({ ...options, retry })], () => ({ takes: 1, fails: true }))
      simulation.scheduler.start()
      await simulation.advance(150)
      abort(simulation)
      await simulation.advance(60)
      const [tick] = new TickRingReader(simulation.counters.recent.memory).read()
      expect(tick).toMatchObject({ end: 'run', sequence: 1, outcome: 'aborted', cause })
    },
  )
})

const QUICK = { initial: 10_000, factor: 1, max: 10_000, jitter: 0 }
