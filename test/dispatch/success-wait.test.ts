/** Since when a success of a timer is missing. The numbers are the invariants of src/dispatch/success-wait.ts. */
import { describe, expect, it } from 'vitest'
import { TIMER_ROW } from '../../src/counters/row-shapes.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { type Durations, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const WALL = Date.UTC(2026, 0, 5)

function simulate(durations: Durations, definition: Partial<TimerDefinition> = {}) {
  const simulation = new Simulation([timerDefinition(definition)], durations, { wall: WALL })
  const [timer] = simulation.timers
  simulation.scheduler.start()
  return {
    simulation,
    timer: timer!,
    /** Milliseconds after the start; undefined when no success is missing. */
    async missingSince(millis: number) {
      await simulation.advance(millis)
      const since = timer!.row.get(TIMER_ROW.at.noSuccessSince)
      return since === 0 ? undefined : since - WALL
    },
  }
}

const succeeds = () => 7
const fails = () => ({ takes: 7, fails: true })

describe('since when a success of a timer is missing', () => {
  it('no success is missing after a run that completed', async () => {
    const { missingSince } = simulate(succeeds)
    expect(await missingSince(350)).toBeUndefined()
  })

  it('1: runs that fail leave the due moment of the first one', async () => {
    const { missingSince } = simulate(fails)
    expect([await missingSince(150), await missingSince(300)]).toEqual([100, 100])
  })

  it('1: a success ends it, and the next failure begins it anew', async () => {
    const { missingSince } = simulate((run) => ({ takes: 7, fails: run !== 1 }))
    expect([await missingSince(150), await missingSince(100), await missingSince(100)]).toEqual([100, undefined, 300])
  })

  it('2: a run that never ends counts from its own due moment, not from that of the tick skipped behind it', async () => {
    const { missingSince } = simulate(() => Number.POSITIVE_INFINITY)
    expect([await missingSince(150), await missingSince(500)]).toEqual([100, 100])
  })

  it('2: ticks that find no thread count from the first of them', async () => {
    const { simulation, missingSince } = simulate(succeeds)
    simulation.threads = 'down'
    expect(await missingSince(1_000)).toBe(100)
  })

  it('3: a pause ends it', async () => {
    const { timer, missingSince } = simulate(fails)
    await missingSince(150)
    timer.isPaused = true
    expect(await missingSince(100)).toBeUndefined()
    timer.isPaused = false
    expect(await missingSince(100)).toBe(300)
  })

  it('3: an instance that does not lead waits for no success', async () => {
    const { simulation, missingSince } = simulate(fails, { scope: 'leader', lease: 'svc' })
    await missingSince(150)
    simulation.holdsLease = false
    expect(await missingSince(100)).toBeUndefined()
  })

  it('3: a tick that another instance claimed ends it', async () => {
    const { simulation, missingSince } = simulate(fails, { scope: 'cluster' })
    expect(await missingSince(150)).toBe(100)
    simulation.claim = async () => 'claimed_elsewhere'
    expect(await missingSince(100)).toBeUndefined()
  })

  it('4: a tick triggered by hand does not begin it when it fails, and ends it when it completes', async () => {
    const { simulation, timer, missingSince } = simulate((run) => ({ takes: 7, fails: run < 2 }))
    simulation.admission.trigger(timer)
    expect(await missingSince(50)).toBeUndefined()
    expect(await missingSince(100)).toBe(100)
    simulation.admission.trigger(timer)
    expect(await missingSince(30)).toBeUndefined()
  })
})
