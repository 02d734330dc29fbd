import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ANY_SPAN, POSITIVE_SPAN, parseDuration, TICKABLE_SPAN } from '../../src/define/options/durations.js'
import { formatSpan } from '../../src/kernel/time.js'

describe('parseDuration', () => {
  it.each([
    [0.1, 100_000],
    [60, 60_000_000],
    [0.000_001, 1],
    [1 / 3, 333_333],
    [0, 0],
    ['100ms', 100_000],
    ['0.5ms', 500],
    ['.5s', 500_000],
    ['5m', 300_000_000],
    ['1.5h', 5_400_000_000],
    ['2 days', 172_800_000_000],
    [' 10S ', 10_000_000],
    ['1w', 604_800_000_000],
    ['1h30m', 5_400_000_000],
    ['2d12h', 216_000_000_000],
    ['1m30s', 90_000_000],
    ['1m 30.5s', 90_500_000],
    ['1 Hour 5 mins 2ms', 3_900_002_000],
    ['1h90m', 9_000_000_000],
  ])('parseDuration reads %j', (input, micros) => {
    expect(parseDuration(input)).toEqual({ value: micros })
  })

  const expected = 'must be a number of seconds or a duration such as "100ms", "5m" or "1h30m"'
  it.each([
    [Number.NaN, `${expected}, got NaN`],
    [Number.POSITIVE_INFINITY, `${expected}, got Infinity`],
    [null, `${expected}, got null`],
    [undefined, `${expected}, got undefined`],
    [true, `${expected}, got true`],
    [[5], `${expected}, got [5]`],
    [5n, `${expected}, got 5n`],
    ['', `${expected}, got ""`],
    ['soon', `${expected}, got "soon"`],
    ['5 parsecs', `${expected}, got "5 parsecs"`],
    ['30s1m', `${expected}, got "30s1m": write the units in descending order, each once`],
    ['1h1h', `${expected}, got "1h1h": write the units in descending order, each once`],
    ['1h 5 minutes 1min', `${expected}, got "1h 5 minutes 1min": write the units in descending order, each once`],
    ['1h30', `${expected}, got "1h30"`],
    ['1h30x', `${expected}, got "1h30x"`],
    ['1h-30m', `${expected}, got "1h-30m"`],
    ['5', `${expected}, got "5": it needs a unit ("5s"), or no quotes to mean seconds`],
    ['0.5', `${expected}, got "0.5": it needs a unit ("0.5s"), or no quotes to mean seconds`],
    [
      '9'.repeat(200),
      `${expected}, got "${'9'.repeat(200)}": it needs a unit ("${'9'.repeat(200)}s"), or no quotes to mean seconds`,
    ],
    [-1, 'must be from 0 to 400d, got -1 s'],
    ['-1s', 'must be from 0 to 400d, got "-1s"'],
    [34_560_001, 'must be from 0 to 400d, got 34560001 s'],
  ])('parseDuration refuses %s', (input, problem) => {
    expect(parseDuration(input)).toEqual({ problem })
  })

  it.each([
    ['any', ANY_SPAN, 0, { value: 0 }],
    ['positive', POSITIVE_SPAN, 0, { problem: 'must be from 1µs to 400d, got 0 s' }],
    ['positive', POSITIVE_SPAN, 0.000_001, { value: 1 }],
    ['tickable', TICKABLE_SPAN, '0.9ms', { problem: 'must be from 1ms to 400d, got "0.9ms"' }],
    ['tickable', TICKABLE_SPAN, 0.001, { value: 1_000 }],
    ['tickable', TICKABLE_SPAN, '400d', { value: 34_560_000_000_000 }],
    ['tickable', TICKABLE_SPAN, '401d', { problem: 'must be from 1ms to 400d, got "401d"' }],
  ])('parseDuration takes spans of a range: %s', (_name, range, input, parsed) => {
    expect(parseDuration(input, range)).toEqual(parsed)
  })

  it('parseDuration reads back every span of whole milliseconds, written in several units', () => {
    const units = [
      ['w', 604_800_000],
      ['d', 86_400_000],
      ['h', 3_600_000],
      ['m', 60_000],
      ['s', 1_000],
      ['ms', 1],
    ] as const
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 * 86_400_000 }), (millis) => {
        let rest = millis
        let text = ''
        for (const [unit, size] of units) {
          const count = Math.floor(rest / size)
          if (count > 0) text += `${count}${unit}`
          rest -= count * size
        }
        expect(parseDuration(text)).toEqual({ value: millis * 1_000 })
      }),
    )
  })

  it('parseDuration reads back what formatSpan prints of a span of whole milliseconds', () => {
    const span = fc.oneof(
      fc.integer({ min: 1, max: 400 * 86_400_000 }),
      fc.integer({ min: 86_400_000, max: 86_410_000 }),
    )
    fc.assert(
      fc.property(span, (millis) => {
        expect(parseDuration(formatSpan(millis * 1_000))).toEqual({ value: millis * 1_000 })
      }),
    )
  })
})
