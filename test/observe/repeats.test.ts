import { beforeEach, describe, expect, it } from 'vitest'
import { Repeats } from '../../src/observe/log/repeats.js'

const SECOND = 1_000_000
const MINUTE = 60 * SECOND

let now = 0
let said: string[] = []
let repeats: Repeats

beforeEach(() => {
  now = 5 * MINUTE
  said = []
  repeats = new Repeats(() => now)
})

function happen(key = 'a', count = 1): void {
  const summarize = (more: number, over: number) => said.push(`${key} +${more} in ${over}s`)
  if (repeats.isFirst(key, count, MINUTE, summarize)) said.push(key)
}

describe('what keeps happening', () => {
  it('is said at once, then counted, then said as a count', () => {
    happen()
    now += SECOND
    happen()
    happen('a', 5)
    expect(said).toEqual(['a'])
    now += 59 * SECOND
    repeats.sweep()
    expect(said).toEqual(['a', 'a +6 in 60s'])
  })

  it('every 100 ms for an hour is said 61 times, and every one is counted', () => {
    for (let tick = 0; tick < 36_000; tick++, now += 100_000) happen()
    repeats.flush()
    const counted = said.map((line) => Number(/\+(\d+)/.exec(line)?.[1] ?? 1))
    expect(said).toHaveLength(61)
    expect(counted.reduce((sum, count) => sum + count)).toBe(36_000)
  })

  it('is said in full again after a whole period without it', () => {
    happen()
    now += MINUTE
    happen()
    expect(said).toEqual(['a', 'a'])
  })

  it('is said as a count when it goes on just after a count', () => {
    happen()
    happen()
    now += MINUTE
    happen()
    now += MINUTE
    repeats.sweep()
    expect(said).toEqual(['a', 'a +1 in 60s', 'a +1 in 60s'])
  })

  it('is told apart by its key', () => {
    happen('a')
    now += 30 * SECOND
    happen('b')
    happen('a')
    happen('b')
    now += 30 * SECOND
    repeats.sweep()
    expect(said).toEqual(['a', 'b', 'a +1 in 60s'])
    now += 30 * SECOND
    repeats.sweep()
    expect(said).toEqual(['a', 'b', 'a +1 in 60s', 'b +1 in 60s'])
  })

  it('is said at the end, however long ago the last one was', () => {
    happen()
    now += SECOND
    happen()
    repeats.flush()
    repeats.flush()
    expect(said).toEqual(['a', 'a +1 in 1s'])
  })
})
