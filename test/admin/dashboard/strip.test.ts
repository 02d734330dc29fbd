import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../../../src/admin/api/schemas.js'
import { sparklinePath } from '../../../src/admin/dashboard/model/sparkline.js'
import {
  cellAt,
  cellText,
  STRIP_CELLS,
  stripPaths,
  stripSummary,
  withCells,
} from '../../../src/admin/dashboard/model/strip.js'
import { ENDS } from '../../support/dashboard/fake-entrypoints.js'

const cell = (end: string, dueAt = 0, ticks = 1): Cell => [dueAt, ENDS.indexOf(end), ticks, 20, 3_000]
const skipped = (reason: string, ticks: number): Cell => [0, ENDS.indexOf(reason), ticks, null, null]

describe('the strip of the last ticks', () => {
  it('draws one path for each end: runs with the full height, skipped ticks with half of it, the newest at the right', () => {
    expect(stripPaths([cell('failed'), skipped('paused', 3), cell('failed')], ENDS)).toEqual([
      { end: 'failed', d: 'M57 0h0.85v10h-0.85zM59 0h0.85v10h-0.85z' },
      { end: 'paused', d: 'M58 5h0.85v5h-0.85z' },
    ])
  })

  it('keeps the newest cells, and finds the one that is under each place', () => {
    fc.assert(
      fc.property(fc.nat(150), fc.nat(20), (count, added) => {
        const all = Array.from({ length: count + added }, (_, dueAt) => cell('completed', dueAt))
        const cells = withCells(withCells([], all.slice(0, count)), all.slice(count))
        expect(cells).toEqual(all.slice(-STRIP_CELLS))
        const places = Array.from({ length: STRIP_CELLS }, (_, index) => cellAt(cells, (index + 0.5) / STRIP_CELLS))
        expect(places.filter((found) => found !== undefined)).toEqual(cells)
      }),
    )
  })

  it('says in words what it shows', () => {
    expect(stripSummary([cell('completed'), cell('completed'), skipped('running', 4)], ENDS)).toBe(
      'last 6 ticks: 4 skipped (running), 2 completed',
    )
    expect(stripSummary([], ENDS)).toBe('no tick has ended yet')
  })

  it('says in words what one cell is', () => {
    expect(cellText(cell('timed_out', Date.UTC(2026, 0, 1)), ENDS, 'UTC')).toBe(
      'timed out\ndue 2026-01-01 00:00:00.000 UTC\nstarted 20 us late\nran for 3 ms',
    )
    expect(cellText(skipped('outside_window', 2), ENDS, 'UTC')).toMatch(/^2 ticks skipped: outside window\n/)
  })
})

describe('the line of the last values', () => {
  it('has a gap where a tick was skipped, and the largest value at the top', () => {
    expect(sparklinePath([1, null, 2, 4])).toBe('M56 7.25h.5M58 5h.5L59 0.5')
  })

  it('is empty without values', () => {
    expect([sparklinePath([]), sparklinePath([null, null])]).toEqual(['', ''])
  })
})
