import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnchoredSchedule } from '../../src/kernel/definitions.js'
import { anchoredTimes } from '../../src/schedule/anchored-times.js'
import { zoneOf } from '../../src/schedule/zone.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'
import { CLOCK_CHANGES } from './clock-changes.js'

type Step = AnchoredSchedule['step']
const anchored = (from: string, step: Step, timezone = 'UTC'): AnchoredSchedule => ({
  kind: 'anchored',
  from,
  step,
  timezone,
})
const local = (instant: number, timezone: string) =>
  new Date(instant + zoneOf(timezone).offsetAt(instant)).toISOString().slice(0, 16)

/** The first moments after an instant, as local times. */
function upcoming(schedule: AnchoredSchedule, after: string, count: number): string[] {
  const times = anchoredTimes(schedule)
  const found: string[] = []
  for (let at = Date.parse(after); found.length < count; ) {
    at = times.next(at)!
    found.push(local(at, schedule.timezone!))
  }
  return found
}

describe('a step of days', () => {
  it.each([
    ['New York, spring 2026', 'America/New_York', '2026-03-07T02:30', 1, ['03-07T02:30', '03-08T03:00', '03-09T02:30']],
    ['New York, autumn 2026', 'America/New_York', '2026-10-31T01:30', 1, ['10-31T01:30', '11-01T01:30', '11-02T01:30']],
    ['Paris, spring 2027', 'Europe/Paris', '2027-03-14T09:00', 14, ['03-14T09:00', '03-28T09:00', '04-11T09:00']],
    ['Paris, autumn 2026', 'Europe/Paris', '2026-10-18T09:00', 7, ['10-18T09:00', '10-25T09:00', '11-01T09:00']],
    [
      'Lord Howe, half an hour',
      'Australia/Lord_Howe',
      '2026-10-03T02:15',
      1,
      ['10-03T02:15', '10-04T02:30', '10-05T02:15'],
    ],
    [
      'Santiago, midnight left out',
      'America/Santiago',
      '2025-09-06T00:00',
      1,
      ['09-06T00:00', '09-07T01:00', '09-08T00:00'],
    ],
    ['Apia, a date left out', 'Pacific/Apia', '2011-12-28T09:00', 1, ['12-28T09:00', '12-29T09:00', '12-31T09:00']],
    ['a leap day', 'UTC', '2028-02-15T00:00', 14, ['02-15T00:00', '02-29T00:00', '03-14T00:00']],
  ])('a step of days keeps the time of day: %s', (_, timezone, from, days, times) => {
    const schedule = anchored(`${from}:00`, { days }, timezone)
    const year = from.slice(0, 5)
    expect(upcoming(schedule, `${Number(year.slice(0, 4)) - 1}-06-01T00:00Z`, 3)).toEqual(
      times.map((time) => year + time),
    )
  })

  it('a step of days takes the first of two equal local times', () => {
    const times = anchoredTimes(anchored('2026-10-25T02:30:00', { days: 7 }, 'Europe/Paris'))
    expect(times.next(0)).toBe(Date.parse('2026-10-25T00:30Z'))
    expect(times.next(Date.parse('2026-10-25T00:30Z'))).toBe(Date.parse('2026-11-01T01:30Z'))
  })

  it('a step of days is not repeated, and not forgotten, in the second pass of the hour that comes twice', () => {
    const times = anchoredTimes(anchored('2026-10-01T02:30:00', { days: 1 }, 'Europe/Paris'))
    const [first, earlyInSecondPass] = [Date.parse('2026-10-25T00:30Z'), Date.parse('2026-10-25T01:10Z')]
    expect(times.next(earlyInSecondPass)).toBe(Date.parse('2026-10-26T01:30Z'))
    expect(times.last(first - 1, earlyInSecondPass)).toBe(first)
  })

  it('a step of days goes on with its grid years after its first moment', () => {
    const schedule = anchored('2020-01-06T09:00:00', { days: 14 }, 'Europe/Paris')
    expect(upcoming(schedule, '2026-06-01T00:00Z', 2)).toEqual(['2026-06-01T09:00', '2026-06-15T09:00'])
    expect(Math.round((Date.parse('2026-06-01') - Date.parse('2020-01-06')) / 86_400_000) % 14).toBe(0)
  })

  it.each(CLOCK_CHANGES)(
    'a step of days has one moment on each day around $timezone $at, unless the date is left out',
    ({ timezone, at }) => {
      const change = Date.parse(at)
      const from = new Date(change - 5 * 86_400_000).toISOString().slice(0, 10)
      for (let minute = 0; minute < 1440; minute += 15) {
        const time = new Date(minute * 60_000).toISOString().slice(11, 19)
        const days = upcoming(anchored(`${from}T${time}`, { days: 1 }, timezone), '1970-01-01', 10).map((text) =>
          text.slice(0, 10),
        )
        expect(new Set(days).size).toBe(10)
        const isLeftOut = timezone === 'Pacific/Apia'
        expect(Date.parse(days[9]!) - Date.parse(days[0]!)).toBe((isLeftOut ? 10 : 9) * 86_400_000)
      }
    },
  )
})

describe('a step of another unit', () => {
  it('a step of another unit is the time that passes, also when the clocks change', () => {
    const day = anchored('2026-03-28T02:30:00', { span: 86_400_000_000 }, 'Europe/Paris')
    expect(upcoming(day, '2026-01-01', 3)).toEqual(['2026-03-28T02:30', '2026-03-29T03:30', '2026-03-30T03:30'])
  })

  it('a step of another unit starts at the end of a gap, and at the first of two equal times', () => {
    const hour = { span: 3_600_000_000 }
    expect(anchoredTimes(anchored('2026-03-29T02:30:00', hour, 'Europe/Paris')).next(0)).toBe(
      Date.parse('2026-03-29T01:00Z'),
    )
    expect(anchoredTimes(anchored('2026-10-25T02:30:00', hour, 'Europe/Paris')).next(0)).toBe(
      Date.parse('2026-10-25T00:30Z'),
    )
  })
})

describe('anchoredTimes', () => {
  const zones = [...new Set(CLOCK_CHANGES.map(({ timezone }) => timezone))]
  const schedules = fc.record({
    timezone: fc.constantFrom(...zones),
    minute: fc.integer({ min: 20 * 525_600, max: 60 * 525_600 }),
    step: fc.oneof(
      fc.record({ days: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ span: fc.integer({ min: 1_000, max: 100_000_000_000 }) }),
    ),
    ahead: fc.integer({ min: -10 * 86_400_000, max: 4_000 * 86_400_000 }),
  })

  it('anchoredTimes finds strictly later moments, in order, and the last of a stretch is the one before the next', () => {
    fc.assert(
      fc.property(schedules, ({ timezone, minute, step, ahead }) => {
        const from = new Date(minute * 60_000).toISOString().slice(0, 19)
        const times = anchoredTimes(anchored(from, step, timezone))
        const after = minute * 60_000 + ahead
        const first = times.next(after)!
        const second = times.next(first)!
        expect(first).toBeGreaterThan(after)
        expect(second).toBeGreaterThan(first)
        expect(times.next(first - 1)).toBe(first)
        expect(times.last(after, first - 0.001)).toBeUndefined()
        expect(times.last(after, first)).toBe(first)
        expect(times.last(after, second - 0.001)).toBe(first)
        expect(times.last(first, second)).toBe(second)
      }),
    )
  })
})

describe('a timer with from', () => {
  const start = Date.UTC(2026, 2, 28, 12)
  const HOUR = 3_600_000
  const started = (schedule: AnchoredSchedule, given = {}) => {
    const definition = timerDefinition({ schedule, missed: 'once', ...given })
    const simulation = new Simulation([definition], () => 1, { wall: start })
    simulation.scheduler.start()
    return simulation
  }
  const daily = anchored('2026-01-01T09:00:00', { days: 1 }, 'Europe/Paris')

  it('a timer with from ticks by the wall clock, over the night in which the clocks change', async () => {
    const simulation = started(daily)
    await simulation.advance(48 * HOUR)
    expect(simulation.ended.map(({ dueWall }) => new Date(dueWall).toISOString())).toEqual([
      '2026-03-29T07:00:00.000Z',
      '2026-03-30T07:00:00.000Z',
    ])
    expect(simulation.imbalance).toBe(0)
  })

  it('a timer with from ticks at the start too when eager', async () => {
    const simulation = started(daily, { eager: true })
    await simulation.advance(HOUR)
    expect(simulation.runs.map(({ start }) => start)).toEqual([0])
  })

  it('a timer with from waits for a date that is ahead', async () => {
    const simulation = started(anchored('2026-03-28T14:00:00', { span: 3_600_000_000 }))
    await simulation.advance(5 * HOUR)
    expect(simulation.runs.map(({ start }) => start / HOUR)).toEqual([2, 3, 4, 5])
  })

  it.each([
    ['skip', []],
    ['once', ['2026-03-30T07:00:00.000Z']],
    ['all', ['2026-03-30T07:00:00.000Z', '2026-03-29T07:00:00.000Z']],
  ])('a timer with from after two missed ticks does as missed: %s says', async (missed, expected) => {
    const simulation = started(daily, { missed, startDeadline: 50 * HOUR * 1_000 })
    await simulation.clock.stall(60 * HOUR * 1_000)
    await simulation.advance(1_000)
    expect(simulation.ended.map(({ dueWall }) => new Date(dueWall).toISOString())).toEqual(expected)
    expect(simulation.imbalance).toBe(0)
  })

  it('a timer with from follows the wall clock when it is set forward', async () => {
    const simulation = started(daily)
    await simulation.advance(HOUR)
    simulation.clock.jumpWall(17.5 * HOUR)
    await simulation.advance(HOUR)
    expect(simulation.ended.map(({ dueWall }) => new Date(dueWall).toISOString())).toEqual(['2026-03-29T07:00:00.000Z'])
    expect(simulation.imbalance).toBe(0)
  })

  it('a timer with from is delayed by jitter, by less than the step', async () => {
    const simulation = started(daily, { jitter: 60_000_000 })
    await simulation.advance(24 * HOUR)
    const late = simulation.ended[0]!.dueWall - Date.parse('2026-03-29T07:00Z')
    expect(late).toBeGreaterThan(0)
    expect(late).toBeLessThan(60_000)
  })
})
