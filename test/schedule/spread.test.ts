import { describe, expect, it } from 'vitest'
import { shiftOf } from '../../src/define/options/spread.js'
import { alignedGrid, gridOf } from '../../src/schedule/grid.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const START = { sequence: 0, mono: 5_000_000, wall: 1_000_000_000_250 }
const interval = 100_000

describe('a grid with a shift', () => {
  it('a grid with a shift is first due at the start and the shift, and then at equal distances', () => {
    const grid = gridOf({ kind: 'interval', interval, align: false, shift: 7_000 }, START)
    const first = grid.after(START, START.mono, START.wall)!
    expect(first).toMatchObject({ sequence: 1, mono: 5_007_000, period: interval })
    expect(grid.after(first, first.mono, first.wall)).toMatchObject({ sequence: 2, mono: 5_107_000 })
    expect(grid.lapsed(first, 5_307_000, 0).count).toBe(4)
  })

  it('a grid with a shift is due on multiples and the shift when it is aligned, wherever it is started', () => {
    for (let offset = 0; offset < 100; offset += 7) {
      const start = { ...START, wall: START.wall + offset }
      const due = alignedGrid(start, interval, 60_000).after(start, start.mono, start.wall)!
      expect((due.wall * 1_000 - 60_000) % interval).toBe(0)
      expect(due.mono - start.mono).toBe((due.wall - start.wall) * 1_000)
      expect(due.wall).toBeGreaterThan(start.wall)
      expect(due.mono - start.mono).toBeLessThanOrEqual(interval)
    }
  })

  it('a grid with a shift keeps its shift when the wall clock is set', async () => {
    const schedule = { kind: 'interval', interval: 10_000_000, align: true, shift: 3_000_000 } as const
    const simulation = new Simulation([timerDefinition({ schedule })], () => 1)
    simulation.scheduler.start()
    await simulation.advance(15_000)
    simulation.clock.jumpWall(4_000)
    await simulation.advance(15_000)
    expect(simulation.ended.map(({ dueWall }) => dueWall % 10_000)).toEqual([3_000, 3_000, 3_000, 3_000])
  })
})

describe('a thousand timers of one interval', () => {
  /** The most timers that come due within one millisecond. */
  async function herd(isSpread: boolean): Promise<number> {
    const definitions = Array.from({ length: 1_000 }, (_, n) => {
      const id = `svc.m${n}`
      const shift = isSpread ? { shift: shiftOf(`${id}@machine-1`, 60_000_000) } : {}
      return timerDefinition({
        method: `m${n}`,
        schedule: { kind: 'interval', interval: 60_000_000, align: false, ...shift },
      })
    })
    const simulation = new Simulation(definitions, () => 1)
    simulation.scheduler.start()
    await simulation.advance(60_000)
    expect(simulation.runs.length).toBe(1_000)
    const atOnce = new Map<number, number>()
    for (const { due } of simulation.runs) atOnce.set(due, (atOnce.get(due) ?? 0) + 1)
    return Math.max(...atOnce.values())
  }

  it('a thousand timers of one interval do not come due at one moment when they are spread', async () => {
    expect(await herd(true)).toBeLessThan(5)
  })

  it('a thousand timers of one interval come due at one moment without spread', async () => {
    expect(await herd(false)).toBe(1_000)
  })
})
