import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Window } from '../../src/kernel/definitions.js'
import { WEEKDAYS, type Weekday } from '../../src/kernel/vocabulary.js'
import { isInside } from '../../src/schedule/window.js'
import { CLOCK_CHANGES } from './clock-changes.js'
import { fuzz } from './fuzz.js'

const clock = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
const open = (days: readonly Weekday[], from: string, to: string, timezone = 'UTC'): Window => ({
  days,
  fromMinute: clock(from),
  toMinute: clock(to),
  timezone,
})
const WORKDAYS = WEEKDAYS.slice(0, 5)

describe('a window within a day', () => {
  const office = open(WORKDAYS, '09:00', '17:00', 'Europe/Paris')

  it.each([
    ['opens on the minute', '2026-01-05T08:00:00.000Z', true],
    ['is closed just before', '2026-01-05T07:59:59.999Z', false],
    ['is open just before it closes', '2026-01-05T15:59:59.999Z', true],
    ['is closed when it closes', '2026-01-05T16:00:00.000Z', false],
    ['is closed on a Saturday', '2026-01-03T12:00:00.000Z', false],
    ['follows summer time in summer', '2026-07-06T07:00:00.000Z', true],
    ['follows summer time in summer, also at the end', '2026-07-06T15:00:00.000Z', false],
  ])('%s', (_, wall, inside) => {
    expect(isInside(office, Date.parse(wall))).toBe(inside)
  })

  it('opens on the weekday of its zone, not of Greenwich', () => {
    const monday = open(['mon'], '00:00', '24:00', 'Pacific/Auckland')
    expect(isInside(monday, Date.parse('2026-01-04T11:00Z'))).toBe(true)
    expect(isInside(monday, Date.parse('2026-01-04T10:59Z'))).toBe(false)
    expect(isInside(monday, Date.parse('2026-01-05T10:59Z'))).toBe(true)
    expect(isInside(monday, Date.parse('2026-01-05T11:00Z'))).toBe(false)
  })
})

describe('a window that spans midnight', () => {
  const night = open(['fri'], '22:00', '06:00')

  it.each([
    ['is open on the evening of its day', '2026-01-02T22:00Z', true],
    ['is open on the morning after', '2026-01-03T05:59Z', true],
    ['closes in the morning', '2026-01-03T06:00Z', false],
    ['is closed on the morning of its day', '2026-01-02T05:00Z', false],
    ['is closed on the evening after', '2026-01-03T23:00Z', false],
    ['is closed between', '2026-01-02T12:00Z', false],
  ])('%s', (_, wall, inside) => {
    expect(isInside(night, Date.parse(wall))).toBe(inside)
  })

  it('spans the end of a week too', () => {
    const sunday = open(['sun'], '23:00', '01:00')
    expect(isInside(sunday, Date.parse('2026-01-04T23:30Z'))).toBe(true)
    expect(isInside(sunday, Date.parse('2026-01-05T00:30Z'))).toBe(true)
    expect(isInside(sunday, Date.parse('2026-01-04T00:30Z'))).toBe(false)
  })

  it('is open for 24 hours when it closes at the minute it opens', () => {
    const shift = open(['mon'], '06:00', '06:00')
    expect(isInside(shift, Date.parse('2026-01-05T05:59Z'))).toBe(false)
    expect(isInside(shift, Date.parse('2026-01-05T06:00Z'))).toBe(true)
    expect(isInside(shift, Date.parse('2026-01-06T05:59Z'))).toBe(true)
    expect(isInside(shift, Date.parse('2026-01-06T06:00Z'))).toBe(false)
  })
})

describe('a window on the day of a clock change', () => {
  const small = open(WEEKDAYS, '01:00', '03:00', 'America/New_York')
  const minutesOpen = (date: string) => {
    let minutes = 0
    for (let minute = 0; minute < 1_440; minute++) if (isInside(small, Date.parse(date) + minute * 60_000)) minutes++
    return minutes
  }

  it('is open for as long as its local times last', () => {
    expect(minutesOpen('2026-06-01T00:00Z')).toBe(120)
    expect(minutesOpen('2026-03-08T00:00Z')).toBe(60)
    expect(minutesOpen('2026-11-01T00:00Z')).toBe(180)
  })
})

describe('any window, at any instant', () => {
  const zones = fc.constantFrom('UTC', 'Asia/Kathmandu', ...CLOCK_CHANGES.map(({ timezone }) => timezone))
  const instants = fc.oneof(
    fc.integer({ min: 0, max: Date.parse('2037-12-31') }),
    fc
      .tuple(fc.constantFrom(...CLOCK_CHANGES), fc.integer({ min: -1e7, max: 1e7 }))
      .map(([{ at }, beside]) => Date.parse(at) + beside),
  )

  it('is open exactly when Intl gives a weekday, hour and minute inside it', () => {
    fc.assert(
      fc.property(
        fc.subarray([...WEEKDAYS]),
        fc.nat(1_439),
        fc.integer({ min: 1, max: 1_440 }),
        zones,
        instants,
        (days, fromMinute, toMinute, timezone, wall) => {
          const format = new Intl.DateTimeFormat('en-US', {
            timeZone: timezone,
            hourCycle: 'h23',
            weekday: 'short',
            hour: 'numeric',
            minute: 'numeric',
          })
          const part = (wanted: string) => format.formatToParts(wall).find(({ type }) => type === wanted)!.value
          const minute = Number(part('hour')) * 60 + Number(part('minute'))
          const today = WEEKDAYS.indexOf(part('weekday').toLowerCase() as Weekday)
          const [isOpenToday, wasOpenYesterday] = [today, today + 6].map((day) => days.includes(WEEKDAYS[day % 7]!))
          const inside =
            fromMinute < toMinute
              ? isOpenToday && minute >= fromMinute && minute < toMinute
              : (isOpenToday && minute >= fromMinute) || (wasOpenYesterday && minute < toMinute)
          expect(isInside({ days, fromMinute, toMinute, timezone }, wall)).toBe(inside)
        },
      ),
      fuzz(500),
    )
  })
})

describe('a window without a time zone', () => {
  it('follows the time zone of the machine', () => {
    const now = new Date(2026, 0, 5, 9, 30)
    const nine: Window = { days: ['mon'], fromMinute: 540, toMinute: 600 }
    expect(isInside(nine, now.getTime())).toBe(true)
    expect(isInside(nine, now.getTime() + 1_800_000)).toBe(false)
  })
})

describe('a window with exceptions', () => {
  const everyDay = (from: string, to: string, timezone?: string) => ({
    ...open(WEEKDAYS, from, to, timezone),
    except: ['2026-12-25', '2028-02-29'],
  })

  it.each([
    ['does not open on an excepted date', '09:00', '17:00', '2026-12-25T12:00Z', false],
    ['opens on the day before', '09:00', '17:00', '2026-12-24T12:00Z', true],
    ['opens on the day after', '09:00', '17:00', '2026-12-26T12:00Z', true],
    ['opens on the date in another year', '09:00', '17:00', '2027-12-25T12:00Z', true],
    ['does not open on an excepted 29 February', '09:00', '17:00', '2028-02-29T12:00Z', false],
    ['is closed for the whole date when it is open all day', '00:00', '24:00', '2026-12-25T00:00Z', false],
    ['is closed until the end of the date when it is open all day', '00:00', '24:00', '2026-12-25T23:59Z', false],
    ['that spans midnight stays open into an excepted date', '22:00', '06:00', '2026-12-25T05:59Z', true],
    [
      'that spans midnight does not open on the evening of an excepted date',
      '22:00',
      '06:00',
      '2026-12-25T22:00Z',
      false,
    ],
    [
      'that spans midnight is closed on the morning after an excepted date',
      '22:00',
      '06:00',
      '2026-12-26T05:59Z',
      false,
    ],
    ['that spans midnight opens again on the evening after', '22:00', '06:00', '2026-12-26T22:00Z', true],
  ])('%s', (_, from, to, wall, inside) => {
    expect(isInside(everyDay(from, to), Date.parse(wall))).toBe(inside)
  })

  it('takes the date of its own time zone', () => {
    const auckland = everyDay('09:00', '17:00', 'Pacific/Auckland')
    expect(isInside(auckland, Date.parse('2026-12-24T21:00Z'))).toBe(false)
    expect(isInside(auckland, Date.parse('2026-12-25T21:00Z'))).toBe(true)
  })
})
