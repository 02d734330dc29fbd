import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../src/kernel/definitions.js'
import { startDeadlineOf } from '../../src/schedule/start-deadline.js'

const SECOND = 1_000_000
const HOUR = 3_600 * SECOND
const interval: Schedule = { kind: 'interval', interval: SECOND, align: false }
const adaptive: Schedule = { kind: 'adaptive', initial: SECOND }
const anchored: Schedule = { kind: 'anchored', from: '2026-01-05T09:00:00', step: { days: 1 } }
const cron: Schedule = { kind: 'cron', expression: '* * * * *' }

describe('startDeadlineOf', () => {
  it.each([
    ['an interval: until the next tick', interval, SECOND, SECOND],
    ['an interval whose eager tick is shortly before the first: one interval', interval, 1_000, SECOND],
    ['an interval from a date: half of it, at most an hour', anchored, 24 * HOUR, HOUR],
    ['an adaptive interval: until the next tick, as of now', adaptive, 7 * SECOND, 7 * SECOND],
    ['a cron every second: one second', cron, SECOND, SECOND],
    ['a cron every minute: half a minute', cron, 60 * SECOND, 30 * SECOND],
    ['a cron every hour: half an hour', cron, HOUR, HOUR / 2],
    ['a cron every day: an hour', cron, 24 * HOUR, HOUR],
    ['a cron that will not occur again: an hour', cron, Number.POSITIVE_INFINITY, HOUR],
    ['an odd period: rounded down', cron, 3 * SECOND + 1, 1.5 * SECOND],
  ])('%s', (_, schedule, period, deadline) => {
    expect(startDeadlineOf({ schedule, missed: 'once' }, period)).toBe(deadline)
  })

  it('is a hundred periods with missed: all', () => {
    expect(startDeadlineOf({ schedule: interval, missed: 'all' }, SECOND)).toBe(100 * SECOND)
    expect(startDeadlineOf({ schedule: cron, missed: 'all' }, HOUR)).toBe(100 * HOUR)
  })

  it('is the option of the timer, whatever the schedule', () => {
    expect(startDeadlineOf({ schedule: interval, missed: 'skip', startDeadline: 5 }, SECOND)).toBe(5)
    expect(startDeadlineOf({ schedule: cron, missed: 'once', startDeadline: 12 * HOUR }, SECOND)).toBe(12 * HOUR)
    expect(startDeadlineOf({ schedule: cron, missed: 'all', startDeadline: 0 }, SECOND)).toBe(0)
  })
})
