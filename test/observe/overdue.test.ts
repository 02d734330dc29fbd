/** When a timer is overdue. */
import { describe, expect, it } from 'vitest'
import { overdueSince } from '../../src/observe/overdue.js'

const SECOND = 1_000_000
const START = Date.UTC(2026, 0, 5)

describe('when a timer is overdue', () => {
  it.each([
    ['a minute and an interval after the first tick without success', { interval: 10 * SECOND }, 70_000],
    ['later by the time-out', { interval: 10 * SECOND, timeout: 5 * SECOND }, 75_000],
    ['a minute after it when the interval is not known', { interval: 0 }, 60_000],
  ])('a timer is overdue %s', (_, facts, allowedMs) => {
    const at = (afterMs: number) => overdueSince({ noSuccessSince: START, ...facts }, START + afterMs)
    expect([at(allowedMs), at(allowedMs + 1)]).toEqual([undefined, START])
  })

  it('a timer of which no success is missing is never overdue', () => {
    expect(overdueSince({ noSuccessSince: 0, interval: SECOND }, START)).toBeUndefined()
  })
})
