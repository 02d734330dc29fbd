/** The states and invariants that src/pool/lead.ts lists, by their numbers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lead, LONG_LEAD, SHORT_LEAD, TIGHT } from '../../src/pool/lead.js'

/** Ticks by letter: `t` is tight, `.` is not. */
function leadAfter(ticks: string): number {
  const lead = new Lead()
  for (const tick of ticks) lead.reached(tick === 't' ? TIGHT - 1 : TIGHT)
  return lead.micros
}

const fine = (count: number) => '.'.repeat(count)
const LONG = 'ttt'

describe('the lead of a thread', () => {
  it.each([
    ['no tick yet (invariant 1)', '', SHORT_LEAD],
    ['two tight ticks in a row (invariant 2)', 'tt', SHORT_LEAD],
    ['three tight ticks in a row (invariant 2)', 'ttt', LONG_LEAD],
    ['three tight ticks among 100 (invariant 2)', `t${fine(49)}t${fine(48)}t`, LONG_LEAD],
    ['three tight ticks among 101 (invariant 2)', `t${fine(49)}t${fine(49)}t`, SHORT_LEAD],
    ['the last three of four tight ticks are among 100 (invariant 2)', `t${fine(90)}t${fine(10)}tt`, LONG_LEAD],
    ['499 ticks that were not tight after the lead became long', LONG + fine(499), LONG_LEAD],
    ['500 ticks that were not tight after the lead became long', LONG + fine(500), SHORT_LEAD],
    ['a tight tick among 500 (invariant 3)', `${LONG}${fine(400)}t${fine(499)}`, LONG_LEAD],
    ['500 ticks after the last tight one (invariant 3)', `${LONG}${fine(400)}t${fine(500)}`, SHORT_LEAD],
    ['two tight ticks after the lead became short again (invariant 4)', `${LONG}${fine(500)}tt`, SHORT_LEAD],
    ['three tight ticks after the lead became short again (invariant 4)', `${LONG}${fine(500)}ttt`, LONG_LEAD],
  ])('the lead of a thread after these ticks: %s', (_title, ticks, micros) => {
    expect(leadAfter(ticks)).toBe(micros)
  })

  it('a tick that reached its thread after it was due is tight', () => {
    const lead = new Lead()
    for (let tick = 0; tick < 3; tick++) lead.reached(-4_000)
    expect(lead.micros).toBe(LONG_LEAD)
  })

  it('the lead becomes long exactly when 3 of the last 100 ticks were tight (invariant 2)', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(gaps, (between) => {
        const lead = new Lead()
        const all: boolean[] = []
        for (const gap of between) {
          for (const isTight of [...Array.from({ length: gap }, () => false), true]) {
            lead.reached(isTight ? 0 : 1_000)
            all.push(isTight)
            const isLong = all.slice(-100).filter(Boolean).length > 2
            expect(lead.micros).toBe(isLong ? LONG_LEAD : SHORT_LEAD)
            if (isLong) return
          }
        }
      }),
    )
  })
})
