import { describe, expect, it } from 'vitest'
import { checkBudget, elapsed, readClocks, storeSpan, validityOf } from '../../src/coordinate/timing.js'

const SECOND = 1_000_000
const timing = (ttl: number, renewDeadline: number, retry: number) => ({
  ttl: ttl * SECOND,
  renewDeadline: renewDeadline * SECOND,
  retry: retry * SECOND,
})
const timer = (id: string, abortGrace: number) => ({ id, abortGrace: abortGrace * SECOND })

describe('the budget of a lease', () => {
  it.each([
    ['the normal profile with a grace of 5 s', timing(15, 8, 2), [timer('jobs.sync', 5)], 1],
    ['the fast profile with a grace of 1 s', timing(5, 2.5, 0.5), [timer('jobs.sync', 1)], 0.5],
    ['the very last microsecond', timing(10, 4, 2), [timer('jobs.sync', 4.9)], 1],
    ['no timers at all', timing(15, 8, 2), [], 1],
  ])('the budget of a lease covers %s', (_, lease, timers, killConfirm) => {
    expect(checkBudget(lease, timers, killConfirm * SECOND)).toBeUndefined()
  })

  it('the budget of a lease does not cover a grace that outlasts the lease: the sentence gives the numbers, the timer and a way out', () => {
    const timers = [timer('jobs.sync', 5), timer('reports.nightly', 7), timer('jobs.purge', 7)]
    expect(checkBudget(timing(15, 8, 2), timers)).toBe(
      'coordination: renewDeadline 8s + abortGrace 7s of reports.nightly + 1s until a killed thread has exited = 16s, ' +
        'but a lease of 15s is valid for 14.85s only: a run could continue after the lease. ' +
        'Set ttl to 16.2s or more, or shorten renewDeadline or the abortGrace of reports.nightly',
    )
  })

  it('the budget of a lease counts on one per cent less than the ttl', () => {
    expect(checkBudget(timing(15, 8, 2), [timer('jobs.sync', 5.85)])).toBeUndefined()
    expect(checkBudget(timing(15, 8, 2), [timer('jobs.sync', 5.850001)])).toContain('= 14.850001s')
    expect(validityOf(15 * SECOND)).toBe(14_850_000)
  })

  it('the budget of a lease is not covered by a ttl that its advice names, less a tenth of a second', () => {
    const timers = [timer('jobs.sync', 30)]
    const advice = /Set ttl to ([\d.]+)s/.exec(checkBudget(timing(15, 8, 2), timers)!)![1]
    expect(checkBudget(timing(Number(advice), 8, 2), timers)).toBeUndefined()
    expect(checkBudget(timing(Number(advice) - 0.1, 8, 2), timers)).toBeDefined()
  })

  it.each([
    ['the other timings of client-go, 15, 10 and 2 s', timing(15, 10, 2), [timer('jobs.sync', 5)], 'renewDeadline 10s'],
    ['a deadline after the end of the lease', timing(5, 8, 2), [], 'shorten renewDeadline'],
    ['a deadline before a second attempt', timing(15, 3, 2), [], 'at least twice retry (2s)'],
    ['no time between two attempts', timing(15, 8, 0), [], 'retry must be longer than 0'],
    ['a number that is none', timing(15, 8, Number.NaN), [], 'retry must be longer than 0'],
  ])('the budget of a lease refuses %s', (_, lease, timers, words) => {
    expect(checkBudget(lease, timers)).toContain(words)
  })
})

describe('a moment', () => {
  it('is sampled on the monotonic clock first', () => {
    const order: string[] = []
    const clock = {
      now: () => order.push('monotonic'),
      wallNow: () => order.push('wall'),
    }
    expect(readClocks(clock)).toEqual({ at: 1, wallAt: 2 })
    expect(order).toEqual(['monotonic', 'wall'])
  })

  it('is as long ago as the clock says that saw more time pass', () => {
    const since = { at: 5 * SECOND, wallAt: 1_000 }
    expect(elapsed(since, { at: 7 * SECOND, wallAt: 2_500 })).toBe(2 * SECOND)
    expect(elapsed(since, { at: 7 * SECOND, wallAt: 9_000 })).toBe(8 * SECOND)
    expect(elapsed(since, { at: 7 * SECOND, wallAt: -9_000 })).toBe(2 * SECOND)
  })
})

describe('a span as a store is told it', () => {
  it.each([
    [15 * SECOND, 15_000],
    [1_500, 2],
    [999, 1],
  ])('is in whole milliseconds and not shorter: %d µs', (span, millis) => {
    expect(storeSpan(span)).toBe(millis)
  })
})
