import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Greatest } from '../../../src/admin/history/greatest.js'

describe('the greatest numbers', () => {
  it('the smallest of the greatest numbers is the one that a sorted list has at that place', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 })), fc.integer({ min: 1, max: 8 }), (numbers, count) => {
        const greatest = new Greatest(count)
        for (const number of numbers) greatest.add(number)
        const sorted = numbers.toSorted((a, b) => b - a)
        expect(greatest.least).toBe(numbers.length > count ? sorted[count - 1] : Number.NEGATIVE_INFINITY)
      }),
    )
  })
})
