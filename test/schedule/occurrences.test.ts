import { Cron } from 'croner'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { HORIZON, Occurrences } from '../../src/schedule/occurrences.js'
import { DAY } from '../../src/schedule/zone.js'
import { CLOCK_CHANGES, type ClockChange } from './clock-changes.js'
import { fuzz } from './fuzz.js'

/** Occurrences in (from, to), in UTC to the minute. */
function between(expression: string, timezone: string, from: string, to: string): string[] {
  const occurrences = new Occurrences(expression, timezone)
  const found: string[] = []
  for (let next = occurrences.next(Date.parse(from)); next !== undefined; next = occurrences.next(next)) {
    if (next >= Date.parse(to)) break
    found.push(new Date(next).toISOString().slice(0, 16))
  }
  return found
}

describe('an expression on an ordinary day', () => {
  it('occurs at the local times of the expression', () => {
    expect(between('0 9,17 * * *', 'Europe/Paris', '2026-01-01T00:00Z', '2026-01-03T00:00Z')).toEqual([
      '2026-01-01T08:00',
      '2026-01-01T16:00',
      '2026-01-02T08:00',
      '2026-01-02T16:00',
    ])
  })

  it('occurs strictly later than the instant that is asked about, to the millisecond', () => {
    const everySecond = new Occurrences('* * * * * *', 'UTC')
    expect(everySecond.next(0)).toBe(1_000)
    expect(everySecond.next(1)).toBe(1_000)
    expect(everySecond.next(999)).toBe(1_000)
    expect(everySecond.next(999.5)).toBe(1_000)
    expect(everySecond.next(1_000)).toBe(2_000)
  })
})

describe('a gap', () => {
  const spring = ['America/New_York', '2026-03-08T05:00Z', '2026-03-09T05:00Z'] as const

  it('moves a fixed time to its end', () => {
    expect(between('30 2 * * *', ...spring)).toEqual(['2026-03-08T07:00'])
  })

  it('moves several fixed times to its end, as one occurrence', () => {
    expect(between('0,30 2,3 * * *', ...spring)).toEqual(['2026-03-08T07:00', '2026-03-08T07:30'])
  })

  it('leaves a fixed time before or after it unchanged', () => {
    expect(between('59 1 * * *', ...spring)).toEqual(['2026-03-08T06:59'])
    expect(between('0 3 * * *', ...spring)).toEqual(['2026-03-08T07:00'])
  })

  it('leaves no hour without occurrences in a wildcard expression', () => {
    expect(between('*/30 * * * *', 'America/New_York', '2026-03-08T06:00Z', '2026-03-08T08:00Z')).toEqual([
      '2026-03-08T06:30',
      '2026-03-08T07:00',
      '2026-03-08T07:30',
    ])
  })

  it('moves a wildcard expression of one date a year to its very end', () => {
    const occurrences = new Occurrences('*/30 2,3 8 3 *', 'America/New_York')
    expect(occurrences.next(Date.parse('2026-01-01T00:00Z'))).toBe(Date.parse('2026-03-08T07:00Z'))
  })

  it('leaves out a wildcard expression for an hour inside it', () => {
    expect(between('*/30 2 * * *', ...spring)).toEqual([])
  })

  it('moves a fixed time at midnight in Santiago, where midnight is in the gap', () => {
    expect(between('0 0 * * *', 'America/Santiago', '2025-09-06T12:00Z', '2025-09-08T12:00Z')).toEqual([
      '2025-09-07T04:00',
      '2025-09-08T03:00',
    ])
  })

  it('may be half an hour long, on Lord Howe Island', () => {
    expect(between('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', '2026-10-05T00:00Z')).toEqual([
      '2026-10-03T15:30',
      '2026-10-04T15:15',
    ])
  })

  it('at the end of a day moves a fixed time to the next day', () => {
    // Toronto, 30 March 1919: 23:30 was followed by 00:30.
    expect(between('45 23 * * *', 'America/Toronto', '1919-03-30T12:00Z', '1919-04-01T12:00Z')).toEqual([
      '1919-03-31T04:30',
      '1919-04-01T03:45',
    ])
  })

  it('of a whole day has no fixed times', () => {
    expect(between('0 12 * * *', 'Pacific/Apia', '2011-12-29T00:00Z', '2012-01-01T00:00Z')).toEqual([
      '2011-12-29T22:00',
      '2011-12-30T22:00',
      '2011-12-31T22:00',
    ])
  })

  it('of a whole day does not stop a wildcard expression', () => {
    const hours = between('0 * * * *', 'Pacific/Apia', '2011-12-29T00:00Z', '2012-01-01T00:00Z')
    expect(hours).toHaveLength(71)
  })
})

describe('a fold', () => {
  const autumn = ['America/New_York', '2026-11-01T04:00Z', '2026-11-02T04:00Z'] as const

  it('has a fixed time at its first pass only', () => {
    expect(between('30 1 * * *', ...autumn)).toEqual(['2026-11-01T05:30'])
    expect(between('0,30 1 * * *', ...autumn)).toEqual(['2026-11-01T05:00', '2026-11-01T05:30'])
  })

  it('does not repeat a fixed time when the search starts between the two passes', () => {
    const occurrences = new Occurrences('30 1 * * *', 'America/New_York')
    expect(occurrences.next(Date.parse('2026-11-01T06:10Z'))).toBe(Date.parse('2026-11-02T06:30Z'))
  })

  it('neither stops nor bunches a wildcard expression', () => {
    expect(between('*/30 * * * *', 'America/New_York', '2026-11-01T04:30Z', '2026-11-01T08:00Z')).toEqual([
      '2026-11-01T05:00',
      '2026-11-01T05:30',
      '2026-11-01T06:00',
      '2026-11-01T06:30',
      '2026-11-01T07:00',
      '2026-11-01T07:30',
    ])
  })

  it('repeats a wildcard expression for an hour inside it', () => {
    expect(between('*/30 1 * * *', ...autumn)).toEqual([
      '2026-11-01T05:00',
      '2026-11-01T05:30',
      '2026-11-01T06:00',
      '2026-11-01T06:30',
    ])
  })

  it('has the second pass of a wildcard expression of one date a year', () => {
    const occurrences = new Occurrences('*/30 1 1 11 *', 'America/New_York')
    expect(occurrences.next(Date.parse('2026-11-01T05:30Z'))).toBe(Date.parse('2026-11-01T06:00Z'))
  })

  it('may be half an hour long, on Lord Howe Island', () => {
    const night = ['Australia/Lord_Howe', '2026-04-04T14:00Z', '2026-04-04T16:00Z'] as const
    expect(between('45 1 * * *', ...night)).toEqual(['2026-04-04T14:45'])
    expect(between('*/15 * * * *', ...night)).toHaveLength(7)
  })

  it('may repeat the end of a day, in Santiago', () => {
    expect(between('30 23 * * *', 'America/Santiago', '2025-04-05T12:00Z', '2025-04-07T12:00Z')).toEqual([
      '2025-04-06T02:30',
      '2025-04-07T03:30',
    ])
  })
})

describe('a month in which the clocks go back in Casablanca, for Ramadan', () => {
  it('has every fixed time once', () => {
    const days = between('30 2 * * *', 'Africa/Casablanca', '2025-02-01T12:00Z', '2025-05-01T12:00Z')
    expect(days).toHaveLength(89)
    expect(days).toContain('2025-02-23T01:30')
    expect(days).toContain('2025-04-06T02:00')
  })
})

const AROUND = DAY

/** The local time of every minute around a clock change, by Intl alone. */
function watch({ timezone, at }: ClockChange): { instant: number; local: number }[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const minutes: { instant: number; local: number }[] = []
  const from = Date.parse(at) - AROUND
  for (let instant = from; instant <= from + 2 * AROUND; instant += 60_000) {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    const { year, month, day, hour, minute } = parts as Record<string, number>
    minutes.push({ instant, local: Date.UTC(year!, month! - 1, day, hour, minute) })
  }
  return minutes
}

/** What should occur, found by looking at the local time of every minute. */
function byWatching(minutes: ReturnType<typeof watch>, isMeant: (local: number) => boolean, isFixedTime: boolean) {
  const found = new Set<number>()
  const seen = new Set<number>()
  minutes.forEach(({ instant, local }, index) => {
    const before = minutes[index - 1]?.local ?? local - 60_000
    const leap = local - before - 60_000
    if (isFixedTime && leap > 0 && leap < DAY) {
      for (let skipped = before + 60_000; skipped < local; skipped += 60_000) if (isMeant(skipped)) found.add(instant)
    }
    if (isMeant(local) && !(isFixedTime && seen.has(local))) found.add(instant)
    seen.add(local)
  })
  return [...found]
}

const valuesBelow = (limit: number) => fc.uniqueArray(fc.nat(limit - 1), { minLength: 1, maxLength: 6 })

describe('compared with the local time of every minute, an expression', () => {
  it.each(CLOCK_CHANGES)('occurs when it should around $timezone $at ($kind)', (change) => {
    const minutes = watch(change)
    const inMinute = fc.oneof(fc.constant('*' as const), valuesBelow(60))
    const inHour = fc.oneof(
      fc.constant('*' as const),
      valuesBelow(24),
      fc.subarray([0, 1, 2, 3, 22, 23], { minLength: 1 }),
    )
    fc.assert(
      fc.property(inMinute, inHour, fc.nat(30), (minute, hour, pick) => {
        const occurrences = new Occurrences(`${minute} ${hour} * * *`, change.timezone)
        const isMeant = (local: number) =>
          (minute === '*' || minute.includes(new Date(local).getUTCMinutes())) &&
          (hour === '*' || hour.includes(new Date(local).getUTCHours()))
        const expected = byWatching(minutes, isMeant, minute !== '*' && hour !== '*')
        const last = minutes.at(-1)!.instant
        const found: number[] = []
        for (let next = occurrences.next(minutes[0]!.instant - 1)!; next <= last; next = occurrences.next(next)!) {
          found.push(next)
        }
        expect(found).toEqual(expected)

        // A search may start anywhere, not only at an occurrence.
        const start = minutes[Math.floor((pick * minutes.length) / 31)]!.instant + 17_003
        const later = expected.find((instant) => instant > start)
        if (later !== undefined) expect(occurrences.next(start)).toBe(later)
      }),
      fuzz(5),
    )
  })
})

const field = (limit: number, first = 0) => {
  const value = fc.integer({ min: first, max: limit - 1 })
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  const step = fc.integer({ min: 2, max: Math.floor(limit / 2) })
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: value.map(String) },
    { weight: 1, arbitrary: range },
    { weight: 1, arbitrary: fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map(String) },
    { weight: 2, arbitrary: step.map((step) => `*/${step}`) },
  )
}
const anyExpression = fc
  .tuple(
    fc.oneof(
      fc.constant(''),
      field(60).map((second) => `${second} `),
    ),
    field(60),
    field(24),
    fc.oneof(field(29, 1), fc.constantFrom('L', '15W', 'LW')),
    field(13, 1),
    fc.oneof(field(7), fc.constantFrom('1#2', '5#L', 'mon-fri', '+1')),
  )
  .map(([second, ...others]) => second + others.join(' '))
const anyZone = fc.constantFrom(
  ...new Set(CLOCK_CHANGES.map(({ timezone }) => timezone)),
  'Asia/Kolkata',
  'Asia/Gaza',
  'UTC',
)
const YEARS = [Date.parse('2012-01-01'), Date.parse('2037-12-31')] as const
const anyInstant = fc.integer({ min: YEARS[0], max: YEARS[1] })

describe('any expression in any zone from any instant', () => {
  it('occurs when croner, given the zone, says so', () => {
    fc.assert(
      fc.property(anyExpression, anyZone, anyInstant, (expression, timezone, start) => {
        const occurrences = new Occurrences(expression, timezone)
        const croner = new Cron(expression, { timezone, fixedTimeRule: 'no-wildcard' })
        let ours: number | undefined = start
        for (let step = 0; step < 3 && ours !== undefined; step++) {
          const theirs = croner.nextRun(new Date(ours))?.getTime()
          ours = occurrences.next(ours)
          // Both searches end: that of croner at the year 10000, ours after a century.
          if (ours === undefined) expect(theirs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(start + HORIZON - DAY)
          else expect(ours).toBe(theirs)
        }
      }),
      fuzz(800),
    )
  })

  it('occurs when croner says so in the hours around a clock change', () => {
    const near = fc.constantFrom(...CLOCK_CHANGES.filter(({ minutes }) => minutes < 1_440))
    fc.assert(
      fc.property(
        anyExpression,
        near,
        fc.integer({ min: -10_000_000, max: 10_000_000 }),
        (expression, change, offset) => {
          const start = Date.parse(change.at) + offset
          const next = new Occurrences(expression, change.timezone).next(start)
          const croner = new Cron(expression, { timezone: change.timezone, fixedTimeRule: 'no-wildcard' })
          expect(next).toBe(croner.nextRun(new Date(start))?.getTime())
        },
      ),
      fuzz(500),
    )
  })

  it('has 2,000 occurrences one after the other, each strictly later', () => {
    fc.assert(
      fc.property(anyExpression, anyZone, anyInstant, (expression, timezone, start) => {
        const occurrences = new Occurrences(expression, timezone)
        const chain = [start]
        for (let next = occurrences.next(start); next !== undefined && chain.length <= 2_000; ) {
          chain.push(next)
          next = occurrences.next(next)
        }
        expect(chain.findIndex((at, index) => index > 0 && at <= chain[index - 1]!)).toBe(-1)
      }),
      fuzz(12),
    )
  })

  it('has as last() the end of a chain of next()', () => {
    fc.assert(
      fc.property(
        anyExpression,
        anyZone,
        anyInstant,
        fc.integer({ min: 1, max: 60 }),
        (expression, timezone, start, most) => {
          const occurrences = new Occurrences(expression, timezone)
          let last: number | undefined
          for (let count = 0, next = occurrences.next(start); count < most && next !== undefined; count++) {
            last = next
            next = occurrences.next(last)
          }
          if (last === undefined) return
          expect(occurrences.last(start, last)).toBe(last)
          expect(occurrences.last(last, last)).toBeUndefined()
          expect(occurrences.last(start, last + 0.5)).toBe(last)
        },
      ),
      fuzz(100),
    )
  })
})

describe('an expression over a long time', () => {
  it.each(CLOCK_CHANGES)(
    'has a fixed time on 400 days, each about a day apart, in $timezone from $at',
    ({ timezone, at }) => {
      const occurrences = new Occurrences('30 2 * * *', timezone)
      let previous = Date.parse(at) - 5 * DAY
      for (let day = 0; day < 400; day++) {
        const next = occurrences.next(previous)!
        if (day > 0) expect(Math.abs(next - previous - DAY)).toBeLessThanOrEqual(3_600_000)
        previous = next
      }
    },
  )

  it.each(CLOCK_CHANGES)(
    'has every one of 1,000 seconds and 1,000 minutes in $timezone around $at',
    ({ timezone, at }) => {
      for (const [expression, beat] of [
        ['* * * * * *', 1_000],
        ['* * * * *', 60_000],
      ] as const) {
        const occurrences = new Occurrences(expression, timezone)
        const start = Date.parse(at) - 500 * beat
        for (let step = 0; step < 1_000; step++) {
          expect(occurrences.next(start + step * beat)).toBe(start + (step + 1) * beat)
        }
      }
    },
  )
})

describe('an expression that never occurs', () => {
  it.each([
    ['0 0 30 2 *', 'UTC'],
    ['* * * 31 2,4,6,9,11 *', 'UTC'],
    ['0 0 0 1 1 * 2020', 'UTC'],
    ['* * * 30 12 * 2011', 'Pacific/Apia'],
    ['* * 2 * 3 0#2', 'America/New_York'],
  ])('%s in %s is found not to, in finite time', (expression, timezone) => {
    const begun = performance.now()
    expect(new Occurrences(expression, timezone).next(Date.parse('2026-01-01'))).toBeUndefined()
    // Generous: catches a search that does not end.
    expect(performance.now() - begun).toBeLessThan(30_000)
  })

  it('includes one whose next date is more than a century away', () => {
    expect(new Occurrences('0 0 0 1 1 * 2500', 'UTC').next(Date.parse('2026-01-01'))).toBeUndefined()
    expect(new Occurrences('0 0 0 1 1 * 2125', 'UTC').next(Date.parse('2026-01-01'))).toBe(Date.parse('2125-01-01'))
  })
})

describe('an expression without a time zone', () => {
  const before = process.env.TZ
  afterEach(() => {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  })

  it('follows the time zone of the machine, clock changes included', () => {
    process.env.TZ = 'Europe/Berlin'
    const occurrences = new Occurrences('30 2 * * *')
    expect(occurrences.next(Date.parse('2026-03-28T12:00Z'))).toBe(Date.parse('2026-03-29T01:00Z'))
    expect(occurrences.next(Date.parse('2026-10-24T12:00Z'))).toBe(Date.parse('2026-10-25T00:30Z'))
  })
})
