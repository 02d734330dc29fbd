import { describe, expect, it } from 'vitest'
import { differenceOf, ratioOf } from '../../benchmarks/ratio.js'
import { atPercent, mean } from '../../benchmarks/statistics.js'

const median = atPercent(50)

/** Ten blocks of 50 samples around a median that differs a little between blocks. */
const blocksAround = (middle: number, spread: number) =>
  Array.from({ length: 10 }, (_, block) =>
    Array.from({ length: 50 }, (_, sample) => middle + spread * Math.sin(block * 7 + sample * 13)),
  )

describe('the ratio of two contenders', () => {
  it('the ratio of two contenders is the quotient of the pooled statistics', () => {
    expect(ratioOf([[2], [2]], [[1], [1]], median)).toEqual({ ratio: 2, low: 2, high: 2 })
  })

  it('the interval of the ratio contains 1 when both contenders have the same distribution', () => {
    const { low, high } = ratioOf(blocksAround(100, 20), blocksAround(100, 20), median)
    expect(low).toBeLessThanOrEqual(1)
    expect(high).toBeGreaterThanOrEqual(1)
  })

  it('the interval of the ratio excludes 1 when one contender is clearly slower', () => {
    const { ratio, low, high } = ratioOf(blocksAround(150, 20), blocksAround(100, 20), median)
    expect(low).toBeGreaterThan(1)
    expect(ratio).toBeGreaterThanOrEqual(low)
    expect(ratio).toBeLessThanOrEqual(high)
  })

  it('the interval of the ratio is wider when blocks differ than when only samples within blocks do', () => {
    const steady = blocksAround(100, 20)
    const unsteady = steady.map((block, index) => block.map((sample) => sample + (index % 2) * 60))
    const width = (blocks: number[][]) => {
      const { low, high } = ratioOf(blocks, steady, median)
      return high - low
    }
    expect(width(unsteady)).toBeGreaterThan(width(steady))
  })
})

describe('the difference of two contenders', () => {
  it('the difference of two contenders is that of the pooled statistics', () => {
    expect(differenceOf([[5], [5]], [[2], [2]], median)).toEqual({ difference: 3, low: 3, high: 3 })
  })

  it('the interval of the difference is narrow when rounds differ and both contenders of each round differ equally', () => {
    const rounds = Array.from({ length: 10 }, (_, round) => round * 100)
    const { low, high } = differenceOf(
      rounds.map((level) => [level + 1]),
      rounds.map((level) => [level]),
      mean,
    )
    expect(low).toBeCloseTo(1)
    expect(high).toBeCloseTo(1)
  })

  it('a difference of contenders that were not measured in the same rounds is refused', () => {
    expect(() => differenceOf([[1]], [[1], [2]], median)).toThrow('the first has 1 blocks, the second 2')
  })
})
