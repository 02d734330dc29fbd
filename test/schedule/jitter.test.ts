import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jitterOffset } from '../../src/schedule/jitter.js'
import { fuzz } from './fuzz.js'

const SECOND = 1_000_000

/** Pearson's chi-square of how often each of `bins` equal parts was hit. */
function chiSquare(offsets: readonly number[], span: number, bins: number): number {
  const hits = new Array<number>(bins).fill(0)
  for (const offset of offsets) hits[Math.floor((offset / span) * bins)]!++
  const expected = offsets.length / bins
  return hits.reduce((sum, hit) => sum + (hit - expected) ** 2 / expected, 0)
}

/** For 99 degrees of freedom (100 bins) an even spread exceeds this once in 10,000. */
const SUSPICIOUS = 161

describe('the jitter offset of a tick', () => {
  it('is the same at every call', () => {
    expect(jitterOffset('mail.send', 7, SECOND, SECOND)).toBe(jitterOffset('mail.send', 7, SECOND, SECOND))
  })

  it('is the same in every release, because a change would move the ticks of every user', () => {
    expect([0, 1, 2, 1_767_225_600_000].map((tick) => jitterOffset('mail.send', tick, SECOND, SECOND))).toEqual([
      783_848, 824_196, 656_493, 365_380,
    ])
  })

  it('is a whole number of microseconds in [0, jitter), and ends before the next due moment', () => {
    const span = fc.integer({ min: 1, max: 2 ** 45 })
    fc.assert(
      fc.property(fc.string(), fc.nat(Number.MAX_SAFE_INTEGER), span, span, (entrypoint, tick, jitter, period) => {
        const offset = jitterOffset(entrypoint, tick, jitter, period)
        expect(Number.isSafeInteger(offset)).toBe(true)
        expect(offset).toBeGreaterThanOrEqual(0)
        expect(offset).toBeLessThan(Math.min(jitter, period))
      }),
      fuzz(1_000),
    )
  })

  it('is 0 without jitter', () => {
    expect(jitterOffset('mail.send', 7, 0, SECOND)).toBe(0)
  })

  it('is limited by the jitter alone when there is no next due moment', () => {
    expect(jitterOffset('mail.send', 7, SECOND, Number.POSITIVE_INFINITY)).toBe(
      jitterOffset('mail.send', 7, SECOND, SECOND),
    )
  })
})

describe('the distribution of jitter offsets', () => {
  const count = 20_000

  it.each([
    ['over consecutive ticks', (index: number) => jitterOffset('mail.send', index, SECOND, SECOND)],
    [
      'over due moments a minute apart',
      (index: number) => jitterOffset('mail.send', 1_767_225_600_000 + index * 60_000, SECOND, SECOND),
    ],
    ['over entrypoints of similar name', (index: number) => jitterOffset(`service${index}.run`, 1, SECOND, SECOND)],
    ['over even sequences', (index: number) => jitterOffset('a.b', index * 1_024, SECOND, SECOND)],
  ])('is even %s', (_, offsetOf) => {
    const offsets = Array.from({ length: count }, (_, index) => offsetOf(index))
    expect(chiSquare(offsets, SECOND, 100)).toBeLessThan(SUSPICIOUS)
  })

  it('is even when the period is shorter than the jitter', () => {
    const offsets = Array.from({ length: count }, (_, index) => jitterOffset('mail.send', index, 10 * SECOND, SECOND))
    expect(chiSquare(offsets, SECOND, 100)).toBeLessThan(SUSPICIOUS)
  })

  it('has no correlation between one tick and the next', () => {
    const offsets = Array.from({ length: count }, (_, index) => jitterOffset('mail.send', index, SECOND, SECOND))
    const mean = offsets.reduce((sum, offset) => sum + offset, 0) / count
    const covariance = offsets
      .slice(1)
      .reduce((sum, offset, index) => sum + (offset - mean) * (offsets[index]! - mean), 0)
    const variance = offsets.reduce((sum, offset) => sum + (offset - mean) ** 2, 0)
    expect(Math.abs(covariance / variance)).toBeLessThan(0.03)
  })
})
