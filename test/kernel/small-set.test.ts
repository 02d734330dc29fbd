/** SmallSet against the Set of the language. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SmallSet } from '../../src/kernel/small-set.js'

describe('a small set', () => {
  it('a small set holds what a Set would hold, in the same order', () => {
    const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 6 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const [small, set] = [new SmallSet<number>(), new Set<number>()]
        for (const [isAddition, value] of steps) {
          if (!isAddition) expect(small.delete(value)).toBe(set.delete(value))
          else if (!set.has(value)) {
            small.add(value)
            set.add(value)
          }
          expect([...small]).toEqual([...set])
          expect(small.size).toBe(set.size)
        }
      }),
    )
  })
})
