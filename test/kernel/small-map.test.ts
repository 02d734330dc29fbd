/** SmallMap against the Map of the language. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SmallMap } from '../../src/kernel/small-map.js'

describe('a small map', () => {
  it('a small map holds what a Map would hold, in the same order', () => {
    const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 6 }), fc.string({ maxLength: 2 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const [small, map] = [new SmallMap<number, string>(), new Map<number, string>()]
        for (const [isAddition, key, value] of steps) {
          if (!isAddition) {
            small.delete(key)
            map.delete(key)
          } else if (!map.has(key)) {
            small.add(key, value)
            map.set(key, value)
          }
          expect([...small.values()]).toEqual([...map.values()])
          expect(small.size).toBe(map.size)
          expect(small.get(key)).toBe(map.get(key))
        }
      }),
    )
  })
})
