import { describe, expect, it } from 'vitest'
import { fromConfig } from '../../src/define/options/from-config.js'
import { problemsOf, timerOf, withCron, withTimer } from './support.js'

const PARIS = { timezone: 'Europe/Paris' }

describe('the option from', () => {
  it.each([
    ['14d', '2026-01-05T09:00', { from: '2026-01-05T09:00:00', step: { days: 14 } }],
    ['2w', '2026-01-05 09:00', { from: '2026-01-05T09:00:00', step: { days: 14 } }],
    ['1w3d', '2026-01-05', { from: '2026-01-05T00:00:00', step: { days: 10 } }],
    ['2 days', '2024-02-29T23:59:59', { from: '2024-02-29T23:59:59', step: { days: 2 } }],
    ['36h', '2026-01-05T09:00', { from: '2026-01-05T09:00:00', step: { span: 129_600_000_000 } }],
    ['1h30m', '2026-01-05T09:00', { from: '2026-01-05T09:00:00', step: { span: 5_400_000_000 } }],
    [86_400, '2026-01-05T09:00', { from: '2026-01-05T09:00:00', step: { span: 86_400_000_000 } }],
  ])('the option from anchors an interval of %j at %j', (interval, from, schedule) => {
    expect(timerOf(withTimer(interval, { from, ...PARIS })).schedule).toEqual({
      kind: 'anchored',
      ...schedule,
      ...PARIS,
    })
  })

  it('the option from takes interval, date and zone from the configuration', () => {
    const jobs = withTimer(fromConfig('EVERY'), { from: fromConfig('FIRST') })
    const config = { EVERY: '2w', FIRST: '2026-01-05' }
    expect(timerOf(jobs, { config, defaults: PARIS }).schedule).toEqual({
      kind: 'anchored',
      from: '2026-01-05T00:00:00',
      step: { days: 14 },
      ...PARIS,
    })
  })

  it('the option from makes up for missed ticks as cron does, may be shared by a cluster, and gives its zone to the window', () => {
    const jobs = withTimer('1d', { from: '2026-01-05', scope: 'cluster', window: { days: 'mon' }, ...PARIS })
    expect(timerOf(jobs)).toMatchObject({ missed: 'once', scope: 'cluster', window: PARIS })
  })

  it('the option from ignores a configured default of align', () => {
    expect(timerOf(withTimer('1d', { from: '2026-01-05' }), { defaults: { align: true } }).schedule).not.toHaveProperty(
      'align',
    )
  })

  const expected = 'jobs.run: option "from" must be a date and time such as "2026-01-05T09:00"'
  it.each([
    ['9:00', `${expected}, got "9:00"`],
    ['05.01.2026', `${expected}, got "05.01.2026"`],
    ['2026-02-30', `${expected}, got "2026-02-30": the calendar has no such day, or the day no such time`],
    ['2026-01-05T24:00', `${expected}, got "2026-01-05T24:00": the calendar has no such day, or the day no such time`],
    ['2026-01-05T09:60', `${expected}, got "2026-01-05T09:60": the calendar has no such day, or the day no such time`],
    ['2026-01-05T09:00Z', `${expected}, got "2026-01-05T09:00Z": write it without an offset, and give "timezone"`],
    [
      '2026-01-05T09:00+01:00',
      `${expected}, got "2026-01-05T09:00+01:00": write it without an offset, and give "timezone"`,
    ],
    ['1969-12-31', `${expected}, from 1970 to 2199, got "1969-12-31"`],
    ['2200-01-01', `${expected}, from 1970 to 2199, got "2200-01-01"`],
    [20260105, `${expected}, got 20260105`],
    [null, `${expected}, got null`],
  ])('the option from is refused when it is %j', (from, problem) => {
    expect(problemsOf({ jobs: withTimer('1d', { from }) })).toEqual([problem])
  })

  const mixed = 'must be whole days or weeks of the calendar, or other units alone (such as "36h"), because of "from"'
  it.each([
    [withTimer('1d12h', { from: '2026-01-05' }), `jobs.run: interval ${mixed}; got "1d12h"`],
    [withTimer('1.5d', { from: '2026-01-05' }), `jobs.run: interval ${mixed}; got "1.5d"`],
    [withTimer('1y', { from: '2026-01-05' }), `jobs.run: interval ${mixed}; got "1y"`],
    [withTimer(() => 1, { from: '2026-01-05' }), 'jobs.run: interval must be fixed, not a function, because of "from"'],
    [
      withTimer('1d', { from: '2026-01-05', align: true }),
      'jobs.run: option "align" cannot be used with "from", which says when the timer is due',
    ],
    [
      withTimer('1d', PARIS),
      'jobs.run: option "timezone" needs "from": an interval has no time zone; for the window write window: { timezone: ... }',
    ],
    [
      withCron('0 0 * * *', { from: '2026-01-05' }),
      'jobs.run: option "from" is not known: it is for @timer, a cron expression has its own times',
    ],
  ])('the option from is refused with what it cannot be combined with', (jobs, problem) => {
    expect(problemsOf({ jobs })).toEqual([problem])
  })
})
