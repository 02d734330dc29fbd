/** What becomes of due moments that passed while no instance led: table and property tests of the pure decision. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../src/kernel/definitions.js'
import { type Absence, judgeAbsence } from '../../src/schedule/absence.js'
import type { LapsePolicy } from '../../src/schedule/lapse.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** The monotonic clock does not begin with the wall clock. */
const OFFSET = 777_123_456
const at = (text: string) => Date.parse(`2026-01-05T${text}Z`)
const monoOf = (wall: number) => (wall - at('00:00:00')) * 1_000 + OFFSET

const CRON: Schedule = { kind: 'cron', expression: '* * * * *', timezone: 'UTC' }
const ALIGNED: Schedule = { kind: 'interval', interval: 60_000_000, align: true }
const SHIFTED: Schedule = { kind: 'interval', interval: 60_000_000, align: true, shift: 7_000_000 }
const OWN_GRID: Schedule = { kind: 'interval', interval: 60_000_000, align: false, shift: 7_000_000 }
const ADAPTIVE: Schedule = { kind: 'adaptive', initial: 60_000_000 }
const ANCHORED: Schedule = {
  kind: 'anchored',
  from: '2026-01-01T00:00:00',
  step: { span: 60_000_000 },
  timezone: 'UTC',
}

const LONG = 3_600_000_000

function judge(
  policy: LapsePolicy,
  mark: string | number,
  now: string,
  before: Partial<NonNullable<Absence['before']>> = {},
) {
  const wallNow = at(now)
  const wall = before.wall ?? Math.floor(wallNow / MINUTE + 1) * MINUTE
  const next = { sequence: 3, period: 60_000_000, mono: monoOf(wall), wall, ...before }
  const since = typeof mark === 'string' ? at(mark) : mark
  const { go, missed, lastMissed } = judgeAbsence(policy, { mark: since, before: next }, monoOf(wallNow), wallNow)
  const name = (due: { wall: number }) => new Date(due.wall).toISOString().slice(11, 19)
  return { go: go.map(name), missed, last: lastMissed && name(lastMissed) }
}

describe('due moments that passed while no instance led', () => {
  it.each([
    ['cron times', CRON, '10:00:00', ['10:02:00', '10:03:00', '10:04:00']],
    ['aligned moments', ALIGNED, '10:00:00', ['10:02:00', '10:03:00', '10:04:00']],
    ['moments with "from"', ANCHORED, '10:00:00', ['10:02:00', '10:03:00', '10:04:00']],
  ] as const)('%s are missed with skip, made up for once with once, and all with all', (_name, schedule, _mark, go) => {
    const policy = { schedule, startDeadline: LONG }
    const since = '10:01:00'
    expect(judge({ ...policy, missed: 'skip' }, since, '10:04:30')).toEqual({ go: [], missed: 3, last: '10:04:00' })
    expect(judge({ ...policy, missed: 'once' }, since, '10:04:30')).toEqual({
      go: ['10:04:00'],
      missed: 2,
      last: '10:03:00',
    })
    expect(judge({ ...policy, missed: 'all' }, since, '10:04:30')).toEqual({ go, missed: 0, last: undefined })
  })

  it('one lapsed tick alone is missed with skip', () => {
    expect(judge({ schedule: CRON, missed: 'skip' }, '10:01:00', '10:02:01')).toEqual({
      go: [],
      missed: 1,
      last: '10:02:00',
    })
  })

  it('nothing has lapsed when the mark is the due moment before the next one, or lies ahead', () => {
    for (const schedule of [CRON, ALIGNED, ANCHORED, OWN_GRID]) {
      for (const mark of ['10:04:00', '10:05:00', '18:00:00']) {
        expect(judge({ schedule, missed: 'all' }, mark, '10:04:30')).toEqual({ go: [], missed: 0, last: undefined })
      }
    }
  })

  it('a tick later than its start deadline is missed with once and with all', () => {
    const policy = { schedule: CRON, startDeadline: 70_000_000 }
    expect(judge({ ...policy, missed: 'once' }, '10:01:00', '10:04:30')).toMatchObject({ go: ['10:04:00'], missed: 2 })
    expect(judge({ ...policy, missed: 'once' }, '10:01:00', '10:04:30', { wall: at('10:03:00') })).toEqual({
      go: [],
      missed: 1,
      last: '10:02:00',
    })
    expect(judge({ ...policy, missed: 'all' }, '10:00:00', '10:04:05')).toMatchObject({
      go: ['10:03:00', '10:04:00'],
      missed: 2,
    })
  })

  it('an aligned grid keeps its shift', () => {
    expect(judge({ schedule: SHIFTED, missed: 'all' }, '10:01:07', '10:03:30', { wall: at('10:04:07') }).go).toEqual([
      '10:02:07',
      '10:03:07',
    ])
  })

  it('of an interval that is not aligned nothing is made up for, and what lapsed is counted', () => {
    const found = judge({ schedule: OWN_GRID, missed: 'all', startDeadline: LONG }, '10:01:13', '10:04:30', {
      wall: at('10:05:01'),
    })
    expect(found).toEqual({ go: [], missed: 3, last: '10:04:13' })
  })

  it('of an interval function nothing is known', () => {
    expect(judge({ schedule: ADAPTIVE, missed: 'all' }, '10:01:13', '10:04:30')).toEqual({
      go: [],
      missed: 0,
      last: undefined,
    })
  })

  it('at most 100 ticks are made up for, the latest ones, and the others are missed', () => {
    const { go, missed, last } = judge(
      { schedule: CRON, missed: 'all', startDeadline: LONG * 10 },
      '02:00:00',
      '10:00:30',
    )
    expect([go.length, go[0], go.at(-1), missed, last]).toEqual([100, '08:21:00', '10:00:00', 380, '08:20:00'])
  })

  it('when a schedule has ended, everything up to now has lapsed', () => {
    const wallNow = at('10:03:30')
    const policy = { schedule: CRON, missed: 'skip' } as const
    const found = judgeAbsence(policy, { mark: at('10:01:00'), before: undefined }, monoOf(wallNow), wallNow)
    expect(found).toMatchObject({ go: [], missed: 2 })
  })

  it('a tick is numbered as this instance numbers it, and one before its start has the number of the start', () => {
    const wallNow = at('10:04:30')
    const policy = { schedule: CRON, missed: 'all', startDeadline: LONG } as const
    const before = { sequence: 3, period: 60_000_000, wall: at('10:05:00'), mono: monoOf(at('10:05:00')) }
    const { go } = judgeAbsence(policy, { mark: at('10:00:00'), before }, monoOf(wallNow), wallNow)
    expect(go.map(({ sequence }) => sequence)).toEqual([0, 0, 1, 2])
    expect(go.map(({ mono }) => mono)).toEqual(go.map(({ wall }) => monoOf(wall)))
  })

  it('every due moment between the mark and the next tick is missed or made up for, under every policy, and none twice', () => {
    const interval = fc.integer({ min: 1, max: 100_000 }).map((millis) => millis * 1_000)
    const facts = fc.record({
      interval,
      lapsed: fc.integer({ min: 0, max: 5_000 }),
      missed: fc.constantFrom('skip' as const, 'once' as const, 'all' as const),
      startDeadline: fc.option(fc.integer({ min: 0, max: 1_000_000_000 }), { nil: undefined }),
      base: fc.integer({ min: 20_000, max: 21_000 }).map((days) => days * 86_400_000),
      clockNoise: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(facts, ({ interval, lapsed, missed, startDeadline, base, clockNoise }) => {
        const period = interval / 1_000
        const mark = Math.ceil(base / period) * period
        const wall = mark + (lapsed + 1) * period
        const wallNow = wall - period / 2
        const policy: LapsePolicy = {
          schedule: { kind: 'interval', interval, align: true },
          missed,
          ...(startDeadline !== undefined && { startDeadline }),
        }
        const now = OFFSET + clockNoise * 1_000
        const before = { sequence: 9, period: interval, wall, mono: now + (wall - wallNow) * 1_000 }
        const found = judgeAbsence(policy, { mark, before }, now, wallNow)
        expect(found.missed + found.go.length).toBe(lapsed)
        expect(found.go.length).toBeLessThanOrEqual({ skip: 0, once: 1, all: 100 }[missed])
        expect(found.lastMissed === undefined).toBe(found.missed === 0)
        for (const due of found.go) {
          expect(due.wall).toBeGreaterThan(mark)
          expect(due.wall).toBeLessThan(wall)
        }
      }),
    )
  })
})
