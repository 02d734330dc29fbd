import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Micros, Millis } from '../../src/kernel/time.js'
import { type Cadence, type Due, firstDue, KEPT, type Moment } from '../../src/schedule/cadence.js'
import { Occurrences } from '../../src/schedule/occurrences.js'
import { wallCadence } from '../../src/schedule/wall-cadence.js'
import { fuzz } from './fuzz.js'

const SECOND = 1_000_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const utc = (text: string): Millis => Date.parse(`${text}Z`)
const cron = (expression: string, timezone = 'UTC') => wallCadence(new Occurrences(expression, timezone))

/** The monotonic clock reads 0 at midnight, 1 January 2026. */
const START: Moment = { sequence: 0, mono: 0, wall: utc('2026-01-01T00:00') }
const wallAt = (now: Micros, putBack: Micros = 0): Millis => START.wall + (now - putBack) / 1_000
const dueAt = (cadence: Cadence, steps = 1): Due => {
  let due = firstDue(cadence, START, false)!
  for (let step = 1; step < steps; step++) due = cadence.after(due, due.mono, due.wall)!
  return due
}

describe('the next occurrence of a cron cadence', () => {
  it('is placed on the monotonic clock by the present offset, with the distance to the one after it', () => {
    expect(dueAt(cron('0 9,10,18 * * *'))).toEqual({
      sequence: 1,
      mono: 9 * HOUR,
      wall: utc('2026-01-01T09:00'),
      period: HOUR,
    })
    expect(dueAt(cron('0 9,10,18 * * *'), 2)).toMatchObject({ sequence: 2, mono: 10 * HOUR, period: 8 * HOUR })
  })

  it('is strictly later than the start, even when the start is an occurrence', () => {
    expect(dueAt(cron('0 * * * *')).mono).toBe(HOUR)
  })

  it('is the start itself when eager', () => {
    expect(firstDue(cron('0 9 * * *'), START, true)).toEqual({ ...START, period: 9 * HOUR })
    expect(firstDue(cron('0 0 0 1 1 * 2020'), START, true)).toEqual({ ...START, period: Number.POSITIVE_INFINITY })
  })

  it('is followed by none when it is the last', () => {
    const cadence = cron('0 0 0 1 6 * 2026')
    const last = dueAt(cadence)
    expect(last.period).toBe(Number.POSITIVE_INFINITY)
    expect(cadence.after(last, last.mono, last.wall)).toBeUndefined()
    expect(cadence.lapsed(last, last.mono + HOUR, last.wall + 3_600_000).count).toBe(1)
  })

  it('does not exist when all dates of the expression are past', () => {
    expect(firstDue(cron('0 0 0 1 1 * 2020'), START, false)).toBeUndefined()
  })

  it('of an hourly cron is one real hour later across a gap and across a fold', () => {
    const cadence = cron('0 * * * *', 'Europe/Paris')
    for (const before of ['2026-03-28T23:00', '2026-10-24T22:00']) {
      let moment: Moment = { sequence: 0, mono: 0, wall: utc(before) }
      for (let hour = 1; hour <= 6; hour++) {
        const due = cadence.after(moment, moment.mono, moment.wall)!
        expect(due).toMatchObject({ sequence: hour, mono: hour * HOUR, period: HOUR })
        moment = due
      }
    }
  })
})

describe('WallCadence.lapsed', () => {
  const everyMinute = cron('* * * * *')
  const due = dueAt(everyMinute)

  it.each([
    ['ahead of the due moment', MINUTE - 3_000, 1],
    ['at the due moment', MINUTE, 1],
    ['just before the second', 2 * MINUTE - 1_000, 1],
    ['at the second', 2 * MINUTE, 2],
    ['after a night', 8 * HOUR, 480],
  ])('%s', (_, now, count) => {
    const lapse = everyMinute.lapsed(due, now, wallAt(now))
    expect(lapse.count).toBe(count)
    expect(lapse.latest).toHaveLength(Math.min(count, KEPT))
    expect(lapse.latest.at(-1)).toEqual({
      sequence: count,
      mono: count * MINUTE,
      wall: wallAt(count * MINUTE),
      period: MINUTE,
    })
  })

  it('returns the same as stepping through the due moments with after()', () => {
    const expressions = fc.constantFrom('* * * * *', '*/7 * * * *', '0 9,10,18 * * *', '30 2 * * *', '*/20 5 * * * *')
    const zones = fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe')
    const starts = fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2027-01-01') })
    fc.assert(
      fc.property(expressions, zones, starts, fc.nat(33 * HOUR), (expression, timezone, wall, later) => {
        const cadence = cron(expression, timezone)
        const start: Moment = { sequence: 0, mono: 0, wall: wall }
        const first = firstDue(cadence, start, false)!
        const now = first.mono + later
        const wallNow = wall + now / 1_000
        const naive: Due[] = [first]
        for (;;) {
          const next = cadence.after(naive.at(-1)!, now, wallNow)!
          if (next.mono > now) break
          naive.push(next)
        }
        expect(cadence.lapsed(first, now, wallNow)).toEqual({ count: naive.length, latest: naive.slice(-KEPT) })
      }),
      fuzz(100),
    )
  })

  it('counts 2,000 due moments, and returns the latest ones even when there are more', () => {
    const cadence = cron('* * * * * *')
    const first = dueAt(cadence)
    const now = 1_000 * 24 * HOUR + 400_000
    const begun = performance.now()
    const { count, latest } = cadence.lapsed(first, now, wallAt(now))
    // Generous: catches a search that does not end.
    expect(performance.now() - begun).toBeLessThan(30_000)
    expect(count).toBe(2_000 + KEPT)
    expect(latest).toHaveLength(KEPT)
    expect(latest.map(({ mono }) => mono)).toEqual(
      Array.from({ length: KEPT }, (_, index) => 1_000 * 24 * HOUR - (KEPT - 1 - index) * SECOND),
    )
    expect(latest.at(-1)?.sequence).toBe(count)
  })

  it('counts exactly when there are only a few more than 2,000', () => {
    const cadence = cron('* * * * * *')
    const now = 2_003 * SECOND
    const { count, latest } = cadence.lapsed(dueAt(cadence), now, wallAt(now))
    expect(count).toBe(2_003)
    expect(latest.map(({ sequence }) => sequence)).toEqual(Array.from({ length: KEPT }, (_, index) => 1_903 + index))
    expect(latest.every(({ sequence, mono }) => mono === sequence * SECOND)).toBe(true)
  })
})

describe('when the wall clock is set, an hourly cron', () => {
  const hourly = cron('0 * * * *')
  const due = dueAt(hourly, 5)
  const now = 4.5 * HOUR

  it('does not move its tick by the reading noise of the wall clock', () => {
    expect(hourly.retime(due, now, wallAt(now))).toBe(due)
    expect(hourly.retime(due, now, wallAt(now) - 1)).toBe(due)
    expect(hourly.retime(due, now, wallAt(now) + 1)).toBe(due)
  })

  it('waits ten minutes longer for the same due moment after ten minutes back', () => {
    expect(hourly.retime(due, now, wallAt(now, 10 * MINUTE))).toEqual({ ...due, mono: 5 * HOUR + 10 * MINUTE })
  })

  it('repeats no fixed time after two hours back', () => {
    // Every hour, named one by one: fixed times.
    const fixed = cron('0 0-23 * * *')
    expect(fixed.retime(due, now, wallAt(now, 2 * HOUR))).toEqual({ ...due, mono: 7 * HOUR })
    const next = fixed.after(due, 5 * HOUR, wallAt(5 * HOUR, 2 * HOUR))
    expect(next).toMatchObject({ sequence: 6, wall: utc('2026-01-01T06:00'), mono: 8 * HOUR })
  })

  it.each([
    ['an hour back', HOUR],
    ['two hours back', 2 * HOUR],
    ['a day back', 24 * HOUR],
  ])('goes on from the new time at once after %s, because it recurs', (_, back) => {
    const retimed = hourly.retime(due, now, wallAt(now, back))!
    expect(retimed).toMatchObject({ sequence: 5, wall: due.wall - back / 1_000, mono: 5 * HOUR })
    const next = hourly.after(due, 5 * HOUR, wallAt(5 * HOUR, back))
    expect(next).toMatchObject({ sequence: 6, wall: due.wall - back / 1_000 + HOUR / 1_000, mono: 6 * HOUR })
  })

  it('keeps its tick when the clock is slewed back by less than half a second', () => {
    expect(hourly.retime(due, now, wallAt(now, 400_000))).toEqual({ ...due, mono: 5 * HOUR + 400_000 })
  })

  it('is silent for no longer than its interval when the clock goes two hours forward and back again', () => {
    const forward = wallAt(now, -2 * HOUR)
    const [later] = hourly.lapsed(hourly.retime(due, now, forward)!, now, forward).latest.slice(-1)
    const back = hourly.after(later!, now + 10 * MINUTE, wallAt(now + 10 * MINUTE))!
    expect(back.mono - (now + 10 * MINUTE)).toBeLessThanOrEqual(HOUR)
  })

  it('goes on from the new time after a year back, with the next sequence number', () => {
    const wallNow = utc('2025-01-01T04:30')
    expect(hourly.retime(due, now, wallNow)).toMatchObject({
      sequence: 5,
      wall: utc('2025-01-01T05:00'),
      mono: 5 * HOUR,
    })
    const next = hourly.after(due, 5 * HOUR, utc('2025-01-01T05:00'))
    expect(next).toMatchObject({ sequence: 6, wall: utc('2025-01-01T06:00'), mono: 6 * HOUR })
  })

  it('moves its tick forward by ten minutes after ten minutes forward', () => {
    expect(hourly.retime(due, now, wallAt(now, -10 * MINUTE))).toEqual({ ...due, mono: 5 * HOUR - 10 * MINUTE })
  })

  it('finds the ticks of the night late after eight hours forward, or a suspended machine', () => {
    const wallNow = wallAt(now, -8 * HOUR)
    const retimed = hourly.retime(due, now, wallNow)!
    expect(retimed).toEqual({ ...due, mono: 5 * HOUR - 8 * HOUR })
    const { count, latest } = hourly.lapsed(retimed, now, wallNow)
    expect(count).toBe(8)
    expect(latest.at(-1)).toMatchObject({ sequence: 12, wall: utc('2026-01-01T12:00'), mono: 4 * HOUR })
  })

  it('waits for its last tick again after a jump back, unless the search for it finds none', () => {
    const once = cron('0 0 5 1 1 * 2026')
    const only = dueAt(once)
    expect(once.retime(only, now, utc('2026-06-01T00:00'))).toMatchObject({ wall: only.wall })
    expect(once.retime(only, now, utc('2020-01-01T00:00'))?.wall).toBe(only.wall)
    expect(
      cron('0 0 5 1 1 * 2126').retime({ ...only, wall: utc('2126-01-01T05:00') }, now, utc('1990-01-01T00:00')),
    ).toBeUndefined()
  })
})
