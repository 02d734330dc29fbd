import { describe, expect, it } from 'vitest'
import { parseDays, parseTimeOfDay } from '../../src/define/options/window.js'
import { problemsOf, timerOf, withCron, withTimer } from './support.js'

describe('parseDays', () => {
  it.each([
    ['mon', ['mon']],
    ['mon-fri', ['mon', 'tue', 'wed', 'thu', 'fri']],
    ['sat,sun', ['sat', 'sun']],
    ['fri-mon', ['mon', 'fri', 'sat', 'sun']],
    ['sun-mon', ['mon', 'sun']],
    ['wed-wed', ['wed']],
    ['fri,mon,fri', ['mon', 'fri']],
    [' Mon - Wed , SUN ', ['mon', 'tue', 'wed', 'sun']],
    [
      ['mon-tue', 'sat'],
      ['mon', 'tue', 'sat'],
    ],
  ])('parseDays reads %j', (input, days) => {
    expect(parseDays(input)).toEqual({ value: days })
  })

  it.each(['', 'monday', 'mon-', 'mon-wed-fri', 'mon,,tue', 1, null, [], [1], {}])('parseDays refuses %j', (input) => {
    const problem = `must be days such as "mon-fri" or "sat,sun" (mon, tue, wed, thu, fri, sat, sun), got ${JSON.stringify(input)}`
    expect(parseDays(input)).toEqual({ problem })
  })

  it('parseDays suggests a similar day', () => {
    expect(parseDays('mon-fry')).toEqual({
      problem:
        'must be days such as "mon-fri" or "sat,sun" (mon, tue, wed, thu, fri, sat, sun), got "mon-fry", did you mean "fri"?',
    })
  })
})

describe('parseTimeOfDay', () => {
  it.each([
    ['00:00', 0],
    ['09:30', 570],
    ['9:30', 570],
    ['23:59', 1439],
  ])('parseTimeOfDay reads %j', (input, minutes) => {
    expect(parseTimeOfDay(input)).toEqual({ value: minutes })
  })

  it.each(['24:00', '9', '9:5', '12:60', '-1:00', '09:30:00', 9, null])('parseTimeOfDay refuses %j', (input) => {
    const problem = `must be a time such as "09:30", from "00:00" to "23:59", got ${JSON.stringify(input)}`
    expect(parseTimeOfDay(input)).toEqual({ problem })
  })
})

describe('a window', () => {
  const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

  it('a window without fields is open every day, all day', () => {
    expect(timerOf(withTimer(1, { window: { from: '09:00' } })).window).toEqual({
      days: everyDay,
      fromMinute: 540,
      toMinute: 1440,
    })
    expect(timerOf(withTimer(1, { window: { days: 'sat' } })).window).toEqual({
      days: ['sat'],
      fromMinute: 0,
      toMinute: 1440,
    })
  })

  it('a window may span midnight, and end at the end of the day', () => {
    expect(timerOf(withTimer(1, { window: { from: '22:00', to: '06:00' } })).window).toMatchObject({
      fromMinute: 1320,
      toMinute: 360,
    })
    expect(timerOf(withTimer(1, { window: { from: '22:00', to: '24:00' } })).window).toMatchObject({ toMinute: 1440 })
  })

  it('a window without a time zone uses that of its cron entrypoint, or the configured default', () => {
    const paris = { timezone: 'Europe/Paris' }
    const window = { days: 'mon' }
    expect(timerOf(withCron('0 0 * * *', { ...paris, window })).window).toMatchObject(paris)
    expect(timerOf(withTimer(1, { window }), { defaults: paris }).window).toMatchObject(paris)
    expect(timerOf(withCron('0 0 * * *', { ...paris, window: { timezone: 'UTC' } })).window).toMatchObject({
      timezone: 'UTC',
    })
    expect(timerOf(withTimer(1, { window })).window).not.toHaveProperty('timezone')
  })

  it('takes dates on which it does not open, ascending and without doubles', () => {
    const exceptOf = (except: unknown) => timerOf(withTimer(1, { window: { except } })).window?.except
    expect(exceptOf(['2027-01-01', '2026-12-25', '2027-01-01'])).toEqual(['2026-12-25', '2027-01-01'])
    expect(exceptOf('2028-02-29')).toEqual(['2028-02-29'])
    expect(exceptOf([])).toBeUndefined()
  })

  it.each([
    ['25.12.2026', '"25.12.2026"'],
    [['2026-12-25', '2026-1-1'], '"2026-1-1"'],
    [['2026-02-29'], '"2026-02-29": the calendar has no such day'],
    [['2026-13-01'], '"2026-13-01": the calendar has no such day'],
    [['2026-12-25T00:00'], '"2026-12-25T00:00"'],
    [[20261225], '20261225'],
    [null, 'null'],
  ])('does not take %j for dates', (except, got) => {
    expect(problemsOf({ jobs: withTimer(1, { window: { except } }) })).toEqual([
      `jobs.run: option "window.except" must be a list of dates such as "2026-12-25", got ${got}`,
    ])
  })

  it.each([
    [{ day: 'mon' }, 'jobs.run: option "window.day" is not known, did you mean "days"?'],
    [
      { from: '24:00' },
      'jobs.run: option "window.from" must be a time such as "09:30", from "00:00" to "23:59", got "24:00"',
    ],
    [{ to: 1700 }, 'jobs.run: option "window.to" must be a time such as "09:30", from "00:00" to "23:59", got 1700'],
    [
      { from: '09:00', to: '09:00' },
      'jobs.run: option "window.from" must differ from "to": leave both out to mean the whole day',
    ],
    [
      { timezone: 'Europe/Pariss' },
      'jobs.run: option "window.timezone" is no time zone: expected the IANA name of a time zone such as "Europe/Paris", got "Europe/Pariss", did you mean "Europe/Paris"?',
    ],
    [true, 'jobs.run: option "window" must be an object, got true'],
    ['mon-fri', 'jobs.run: option "window" must be an object, got "mon-fri"'],
    [null, 'jobs.run: option "window" must be an object, got null'],
  ])('the window %j is refused', (window, problem) => {
    expect(problemsOf({ jobs: withTimer(1, { window }) })).toEqual([problem])
  })
})
