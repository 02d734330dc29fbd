import { describe, expect, it } from 'vitest'
import { ClaimHistory } from '../../src/coordinate/claim-history.js'

describe('the history of claims', () => {
  it('the history of claims lets the same tick ask again, and no other ask for its due moment', () => {
    const memory = new ClaimHistory()
    expect(memory.isRepeated('a.b', 1_000, 1)).toBe(false)
    expect(memory.isRepeated('a.b', 1_000, 1)).toBe(false)
    expect(memory.isRepeated('a.b', 1_000, 2)).toBe(true)
    expect(memory.isRepeated('a.c', 1_000, 2)).toBe(false)
  })

  it('the history of claims lets older ticks be made up for after the newest', () => {
    const memory = new ClaimHistory()
    expect([5, 3, 4].map((n) => memory.isRepeated('a.b', n * 1_000, n))).toEqual([false, false, false])
  })

  it('the history of claims knows due moments that come again however far the clock was set back', () => {
    const memory = new ClaimHistory()
    for (let n = 1; n <= 15_000; n++) memory.isRepeated('a.b', n * 20, n)
    const again = Array.from({ length: 14_500 }, (_, n) => memory.isRepeated('a.b', (500 + n) * 20, 15_001 + n))
    expect(again.filter((isRepeated) => !isRepeated)).toEqual([])
    expect(memory.isRepeated('a.b', 15_001 * 20, 29_502)).toBe(false)
  })
})
