import { describe, expect, it } from 'vitest'
import { amount, momentText, relativeText, spanText } from '../../../src/admin/dashboard/model/words.js'

describe('words for spans and moments', () => {
  it.each([
    [0, '0 us'],
    [0.085, '85 us'],
    [3.24, '3.2 ms'],
    [42, '42 ms'],
    [999.6, '1 s'],
    [1_500, '1.5 s'],
    [59_499, '59 s'],
    [59_600, '1 min'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [11_520_000, '3 h 12 min'],
    [90_000_000, '1 d 1 h'],
    [-2_000, '-2 s'],
  ])('calls %d ms %s', (ms, text) => {
    expect(spanText(ms)).toBe(text)
  })

  it('says how far a moment is away, in whole seconds', () => {
    expect(relativeText(42_900, 0)).toBe('in 42 s')
    expect(relativeText(0, 180_000)).toBe('3 min ago')
    expect(relativeText(400, 0)).toBe('now')
  })

  it('shows a moment with its zone', () => {
    expect(momentText(Date.UTC(2026, 10, 27, 6, 5, 4, 34), 'Europe/Paris')).toBe('2026-11-27 07:05:04.034 CET')
    expect(momentText(Date.UTC(2026, 10, 27, 0, 0, 0, 0), 'UTC')).toBe('2026-11-27 00:00:00.000 UTC')
  })

  it('counts one of a kind and many', () => {
    expect([amount(1, 'tick'), amount(1_200, 'tick')]).toEqual(['1 tick', '1,200 ticks'])
  })
})
