/** The invariants that src/host/watch-span.ts lists, by their numbers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LARGEST_SHARE, LONGEST, MARGIN, SHORTEST, WatchSpan, WIDTH, WINDOW } from '../../src/host/watch-span.js'

const FAR = Number.POSITIVE_INFINITY

function spanAfter(errors: readonly number[], interval = FAR): number {
  const watch = new WatchSpan()
  for (const error of errors) watch.record(error)
  return watch.spanFor(interval)
}

function repeated(count: number, error: number): number[] {
  return Array.from({ length: count }, () => error)
}

describe('how long the gate watches the clock', () => {
  it.each<[string, readonly number[], number]>([
    ['no wake-up yet: the shortest span', [], SHORTEST],
    ['wake-ups without error: the shortest span', repeated(WINDOW, 0), SHORTEST],
    ['errors of 20 µs: the shortest span', repeated(WINDOW, 20), SHORTEST],
    ['errors of 100 µs: 100 µs and the margin', repeated(WINDOW, 100), 100 + MARGIN],
    ['an error between two buckets counts as the upper end', repeated(WINDOW, 101), 105 + MARGIN],
    ['5 of 100 may be later than the span allows for', [...repeated(95, 100), ...repeated(5, 400)], 100 + MARGIN],
    ['6 of 100 may not', [...repeated(94, 100), ...repeated(6, 400)], 400 + MARGIN],
    ['one of 19 may not', [...repeated(18, 100), 400], 400 + MARGIN],
    ['one of 20 may', [...repeated(19, 100), 400], 100 + MARGIN],
    ['errors of 4 ms: the longest span (invariant 1)', repeated(WINDOW, 4_000), LONGEST],
    [
      '100 newer errors replace all others (invariant 2)',
      [...repeated(250, 400), ...repeated(WINDOW, 100)],
      100 + MARGIN,
    ],
    ['94 newer errors do not (invariant 2)', [...repeated(250, 400), ...repeated(94, 100)], 400 + MARGIN],
  ])('how long the gate watches the clock: %s', (_title, errors, span) => {
    expect(spanAfter(errors)).toBe(span)
  })

  it.each([
    [FAR, 430],
    [100_000, 430],
    [50_000, 250],
    [20_000, 100],
    [10_000, SHORTEST],
  ])(
    'an interval of %d µs is watched for %d µs at most when wake-ups are 400 µs late (invariant 4)',
    (interval, span) => {
      expect(spanAfter(repeated(WINDOW, 400), interval)).toBe(span)
    },
  )

  it('the span is that of the sorted window, for all errors and intervals (invariants 1, 2 and 4)', () => {
    const errors = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 3 * WINDOW })
    fc.assert(
      fc.property(errors, fc.integer({ min: 1_000, max: 200_000 }), (all, interval) => {
        const sorted = all.slice(-WINDOW).toSorted((a, b) => a - b)
        const percentile = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0
        const wanted = Math.min(LONGEST, Math.max(SHORTEST, Math.ceil(percentile / WIDTH) * WIDTH + MARGIN))
        expect(spanAfter(all)).toBe(wanted)
        expect(spanAfter(all, interval)).toBe(Math.max(SHORTEST, Math.min(wanted, interval * LARGEST_SHARE)))
      }),
    )
  })
})
