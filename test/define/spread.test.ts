import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shiftOf } from '../../src/define/options/spread.js'
import type { IntervalSchedule } from '../../src/kernel/definitions.js'
import { problemsOf, timerOf, withCron, withTimer } from './support.js'

const shiftIn = (jobs: ReturnType<typeof withTimer>, settings = {}) =>
  (timerOf(jobs, settings).schedule as IntervalSchedule).shift

describe('shiftOf', () => {
  it('shiftOf is whole milliseconds, from 1 ms up to the interval and up to 60 s', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1_000, max: 400 * 86_400_000_000 }), (name, interval) => {
        const shift = shiftOf(name, interval)
        expect(shift % 1_000).toBe(0)
        expect(shift).toBeGreaterThanOrEqual(1_000)
        expect(shift).toBeLessThanOrEqual(Math.min(interval, 60_000_000))
        expect(shiftOf(name, interval)).toBe(shift)
      }),
    )
  })

  it.each([2_000, 7_000, 100_000, 60_000_000])(
    'shiftOf spreads 10,000 names evenly over an interval of %d µs',
    (interval) => {
      const bins = Math.min(10, interval / 1_000)
      const counts = Array.from({ length: bins }, () => 0)
      for (let n = 0; n < 10_000; n++)
        counts[Math.floor(((shiftOf(`svc.job${n}`, interval) - 1_000) / interval) * bins)]!++
      // The 0.1 % quantile of the chi-square distribution with 9 degrees of freedom is 27.9.
      const expected = 10_000 / bins
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      expect(chiSquare).toBeLessThan(27.9)
    },
  )
})

describe('the option spread', () => {
  it('the option spread shifts a grid by the id of the timer and the name of the machine', () => {
    const jobs = withTimer(1, { spread: true })
    expect(shiftIn(jobs)).toBe(shiftOf('jobs.run@machine-1', 1_000_000))
    expect(shiftIn(jobs, { host: 'machine-2' })).toBe(shiftOf('jobs.run@machine-2', 1_000_000))
    expect(shiftIn(jobs, { host: 'machine-2' })).not.toBe(shiftIn(jobs))
  })

  it.each([{ align: true }, { scope: 'cluster' }, { scope: 'queue' }])(
    'the option spread shifts a grid that instances share by the id alone: %j',
    (options) => {
      const jobs = withTimer(1, { spread: true, ...options })
      expect(shiftIn(jobs)).toBe(shiftOf('jobs.run', 1_000_000))
      expect(shiftIn(jobs, { host: 'machine-2' })).toBe(shiftIn(jobs))
    },
  )

  it('the option spread is off by default, and a timer can turn off a configured default', () => {
    expect(shiftIn(withTimer(1))).toBeUndefined()
    expect(shiftIn(withTimer(1), { defaults: { spread: true } })).toBeGreaterThan(0)
    expect(shiftIn(withTimer(1, { spread: false }), { defaults: { spread: true } })).toBeUndefined()
  })

  it.each([
    ['cron', withCron('0 0 * * *')],
    ['an interval function', withTimer(() => 1)],
    ['from', withTimer('1d', { from: '2026-01-05' })],
  ])('the option spread passes over %s when it is a configured default', (_, jobs) => {
    expect(timerOf(jobs, { defaults: { spread: true } }).schedule).not.toHaveProperty('shift')
  })

  it.each([
    [
      withCron('0 0 * * *', { spread: true }),
      'jobs.run: option "spread" is not known: it is for @timer, a cron expression has its own times',
    ],
    [
      withTimer(() => 1, { spread: true }),
      'jobs.run: option "spread" needs a fixed interval, and this one is a function',
    ],
    [
      withTimer('1d', { spread: true, from: '2026-01-05' }),
      'jobs.run: option "spread" cannot be used with "from", which says when the timer is due',
    ],
  ])('the option spread is refused with the reason where it means nothing', (jobs, problem) => {
    expect(problemsOf({ jobs })).toEqual([problem])
  })
})
