import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InternalError } from '../../src/kernel/errors.js'
import { type Due, firstDue, KEPT, type Moment } from '../../src/schedule/cadence.js'
import { cadenceOf } from '../../src/schedule/cadence-of.js'
import { alignedGrid, gridFrom } from '../../src/schedule/grid.js'
import { fuzz } from './fuzz.js'

const START: Moment = { sequence: 0, mono: 5_000_000, wall: 1_000_000_000_250 }

describe('a grid', () => {
  const grid = gridFrom(START, 100_000)

  it('is due one interval after the start, and then at equal distances', () => {
    const first = grid.after(START, START.mono, START.wall)!
    expect(first).toEqual({ sequence: 1, mono: 5_100_000, wall: 1_000_000_000_350, period: 100_000 })
    expect(grid.after(first, first.mono, first.wall)).toMatchObject({ sequence: 2, mono: 5_200_000 })
  })

  it('is due at the start too when eager', () => {
    expect(firstDue(grid, START, true)).toEqual({ ...START, period: 100_000 })
    expect(firstDue(grid, START, false)).toMatchObject({ sequence: 1, mono: 5_100_000 })
  })

  it('does not drift when a tick is handled late', () => {
    const late = grid.after({ ...START, sequence: 7 }, 5_765_432, START.wall)
    expect(late).toMatchObject({ sequence: 8, mono: 5_800_000 })
  })

  it('is exact after ten years of 100 ms ticks', () => {
    const ticks = 10 * 365 * 86_400 * 10
    expect(grid.after({ ...START, sequence: ticks }, 0, 0)?.mono).toBe(5_000_000 + (ticks + 1) * 100_000)
  })

  it('computes the wall time of a tick from the clocks at the time of the call', () => {
    const afterJump = grid.after(START, 5_040_000, 2_000_000_000_000)
    expect(afterJump?.wall).toBe(2_000_000_000_060)
  })

  it('stays where it is when the wall clock is set', () => {
    const due = grid.after(START, START.mono, START.wall)!
    expect(grid.retime(due, 5_050_000, 0)).toBe(due)
  })

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses an interval of %d µs', (interval) => {
    expect(() => gridFrom(START, interval)).toThrow(InternalError)
  })
})

describe('Grid.lapsed', () => {
  const grid = gridFrom(START, 100)
  const due = grid.after(START, START.mono, START.wall)! as Due

  it.each([
    ['ahead of the due moment', -1, 1],
    ['at the due moment', 0, 1],
    ['just before the second', 99, 1],
    ['at the second', 100, 2],
    ['just after the second', 101, 2],
    ['much later', 100 * 1_000_000, 1_000_001],
  ])('%s', (_, later, count) => {
    const now = due.mono + later
    const lapse = grid.lapsed(due, now, 0)
    expect(lapse.count).toBe(count)
    expect(lapse.latest).toHaveLength(Math.min(count, KEPT))
    expect(lapse.latest.at(-1)?.sequence).toBe(count)
  })

  it('returns the same as stepping through the due moments with after()', () => {
    const micros = fc.integer({ min: 1, max: 2 ** 40 })
    fc.assert(
      fc.property(
        micros,
        fc.integer({ min: 1, max: 3_600_000_000 }),
        fc.nat(300),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (origin, interval, steps, part) => {
          const start: Moment = { sequence: 0, mono: origin, wall: 0 }
          const grid = gridFrom(start, interval)
          const from = grid.after(start, 0, 0)!
          const now = from.mono + steps * interval + Math.floor(part * (interval - 1))
          const naive: Due[] = []
          for (let due = from; due.mono <= now; due = grid.after(due, now, 0)!) {
            naive.push(due)
          }
          const { count, latest } = grid.lapsed(from, now, 0)
          expect(count).toBe(naive.length)
          expect(latest.map(({ sequence, mono }) => [sequence, mono])).toEqual(
            naive.slice(-KEPT).map(({ sequence, mono }) => [sequence, mono]),
          )
        },
      ),
      fuzz(300),
    )
  })

  it('counts exactly with the largest possible numbers', () => {
    const interval = fc.integer({ min: 1, max: 2 ** 30 })
    fc.assert(
      fc.property(
        interval,
        fc.bigInt({ min: 1n, max: 2n ** 22n }),
        fc.integer({ min: -1, max: 1 }),
        (interval, k, beside) => {
          const grid = gridFrom({ sequence: 0, mono: 0, wall: 0 }, interval)
          const first: Due = { sequence: 1, mono: interval, wall: 0, period: interval }
          const now = Number(k) * interval + beside
          const exact = BigInt(now) / BigInt(interval)
          expect(grid.lapsed(first, now, 0).count).toBe(Math.max(1, Number(exact)))
        },
      ),
      fuzz(300),
    )
  })
})

describe('an aligned grid', () => {
  const grid = alignedGrid(START, 1_000_000)

  it('is due on the multiples of the interval since the epoch', () => {
    const first = grid.after(START, START.mono, START.wall)
    expect(first).toEqual({ sequence: 1, mono: 5_750_000, wall: 1_000_000_001_000, period: 1_000_000 })
  })

  it('is due one interval later when the start is on a multiple', () => {
    const start = { ...START, wall: 1_000_000_000_000 }
    expect(alignedGrid(start, 1_000_000).after(start, start.mono, start.wall)?.mono).toBe(6_000_000)
  })

  it('is due at the start too when eager, and on the multiple after that', () => {
    const eager = firstDue(grid, START, true)!
    expect(eager).toEqual({ ...START, period: 750_000 })
    expect(grid.lapsed(eager, 5_749_999, 0)).toEqual({ count: 1, latest: [eager] })
    expect(grid.lapsed(eager, 6_750_000, 0).latest.map(({ mono }) => mono)).toEqual([5_000_000, 5_750_000, 6_750_000])
  })

  it('gives its ticks the same names in processes that start at different times', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 86_400_000_000 }),
        fc.integer({ min: 1_700_000_000_000, max: 4_000_000_000_000 }),
        fc.nat(100_000),
        fc.nat(2 ** 40),
        (interval, wall, apart, mono) => {
          const one: Moment = { sequence: 0, mono: 0, wall }
          const other: Moment = { sequence: 0, mono, wall: wall + apart }
          const named = alignedGrid(other, interval).after(other, 0, 0)!.wall
          const steps = Math.round(((named - wall) * 1_000) / interval)
          const names = [-1, 0, 1].map(
            (beside) => alignedGrid(one, interval).after({ ...one, sequence: steps + beside }, 0, 0)!.wall,
          )
          expect(names).toContain(named)
        },
      ),
      fuzz(500),
    )
  })

  it('keeps its names and its distances when the wall clock is set', () => {
    const first = grid.after(START, START.mono, START.wall)!
    expect(grid.retime(first, 5_600_000, 0)).toBe(first)
    expect(grid.after(first, 5_760_000, 0)).toMatchObject({ mono: 6_750_000, wall: 1_000_000_002_000 })
  })

  it('can be laid anew by the new wall time, with the next sequence numbers', () => {
    const now: Moment = { sequence: 41, mono: 9_000_000, wall: 2_000_000_000_400 }
    const again = alignedGrid(now, 1_000_000).after(now, now.mono, now.wall)
    expect(again).toMatchObject({ sequence: 42, mono: 9_600_000, wall: 2_000_000_001_000 })
  })
})

describe('an adaptive timer', () => {
  it('counts a new interval from its last due moment', () => {
    const cadence = cadenceOf({ kind: 'adaptive', initial: 1_000_000 }, START)
    const first = cadence.after(START, START.mono, START.wall)!
    expect(first).toMatchObject({ sequence: 1, mono: 6_000_000, period: 1_000_000 })

    const slower = gridFrom(first, 5_000_000)
    const second = slower.after(first, 6_200_000, START.wall)!
    expect(second).toMatchObject({ sequence: 2, mono: 11_000_000, period: 5_000_000 })

    const faster = gridFrom(second, 10_000)
    expect(faster.after(second, 11_000_000, START.wall)).toMatchObject({ sequence: 3, mono: 11_010_000 })
  })

  it('finds several ticks late when the run took longer than the new interval', () => {
    const due: Due = { sequence: 9, mono: 0, wall: 0, period: 1_000 }
    const grid = gridFrom(due, 1_000)
    const next = grid.after(due, 3_500, 0)!
    expect(grid.lapsed(next, 3_500, 0)).toMatchObject({ count: 3 })
    expect(grid.lapsed(next, 3_500, 0).latest.at(-1)).toMatchObject({ sequence: 12, mono: 3_000 })
  })

  it('stays exact through 100,000 changes of its interval', () => {
    let due: Due = { sequence: 0, mono: 0, wall: 0, period: 1 }
    let sum = 0
    for (let change = 1; change <= 100_000; change++) {
      const interval = 1 + ((change * 7_919) % 1_000_003)
      sum += interval
      due = gridFrom(due, interval).after(due, 0, 0)!
    }
    expect(due.mono).toBe(sum)
    expect(due.sequence).toBe(100_000)
  })
})

describe('cadenceOf', () => {
  it('returns the cadence for each kind of schedule', () => {
    const dueOf = (schedule: Parameters<typeof cadenceOf>[0]) =>
      firstDue(cadenceOf(schedule, START), START, false)?.mono
    expect(dueOf({ kind: 'interval', interval: 1_000_000, align: false })).toBe(6_000_000)
    expect(dueOf({ kind: 'interval', interval: 1_000_000, align: true })).toBe(5_750_000)
    expect(dueOf({ kind: 'adaptive', initial: 2_000_000 })).toBe(7_000_000)
    expect(dueOf({ kind: 'cron', expression: '*/10 * * * * *', timezone: 'UTC' })).toBe(14_750_000)
  })
})
