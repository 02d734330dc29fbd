import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atPercent, mean, shareAbove, statistic, sum } from '../../benchmarks/statistics.js'

describe('statistics of samples', () => {
  it.each([
    { name: 'the median of an odd number of samples', of: atPercent(50), samples: [30, 4, 100], value: 30 },
    {
      name: 'the median of an even number of samples, the lower of two',
      of: atPercent(50),
      samples: [4, 3, 1, 2],
      value: 2,
    },
    { name: 'the 99th percentile of few samples', of: atPercent(99), samples: [5, 9, 7], value: 9 },
    { name: 'the 0th percentile', of: atPercent(0), samples: [5, 3, 7], value: 3 },
    { name: 'a percentile of negative samples', of: atPercent(50), samples: [-10, -9, 1], value: -9 },
    { name: 'a percentile of nothing', of: atPercent(50), samples: [], value: Number.NaN },
    { name: 'the sum', of: sum, samples: [1, 2, 4], value: 7 },
    { name: 'the mean', of: mean, samples: [1, 2, 6], value: 3 },
    { name: 'the share above a limit, in percent', of: shareAbove(2), samples: [1, 2, 3, 4], value: 50 },
  ])('$name is $value', ({ of, samples, value }) => {
    expect(of.of(samples)).toBe(value)
  })

  it('a percentile of drawn blocks is that of the samples of these blocks, each as often as it was drawn', () => {
    const blocks = fc.array(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 12 }), {
      minLength: 1,
      maxLength: 6,
    })
    const draws = fc.array(fc.nat({ max: 5 }), { maxLength: 10 })
    fc.assert(
      fc.property(blocks, draws, fc.constantFrom(0, 1, 50, 95, 99, 100), (given, places, percent) => {
        const drawn = places.map((place) => place % given.length)
        const pooled = drawn.flatMap((place) => given[place]!)
        expect(atPercent(percent).ofDraws(given)(drawn)).toBe(atPercent(percent).of(pooled))
      }),
    )
  })

  it('any other statistic of drawn blocks is computed from their samples', () => {
    const largest = statistic((samples) => Math.max(...samples))
    expect(largest.ofDraws([[1, 5], [9], [2]])([0, 2, 2])).toBe(5)
  })
})
