/**
 * The wheel against a sorted array, which cannot be wrong in the same way.
 *
 * `FC_SEED=... npx vitest run test/schedule/timing-wheel.property` repeats the run that reported the seed.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimingWheel } from '../../src/schedule/timing-wheel.js'
import { fuzz } from './fuzz.js'
import { dump } from './wheel-check.js'
import { GEOMETRIES, type Geometry, type Operation, Pair } from './wheel-model.js'

const STARTS = [0, 1_000_003, 2 ** 31 - 1_000, 2 ** 32 - 1_000, 2 ** 52 - 2 ** 46]
const TIMERS = 24

function operations({ buckets, widths }: Geometry): fc.Arbitrary<Operation[]> {
  const reaches = buckets.map((count, at) => count * widths[at]!)
  const edges = [...widths, ...reaches, 5 * widths.at(-1)!]
  const edge = fc
    .tuple(fc.constantFrom(0, ...edges), fc.integer({ min: -1, max: 1 }), fc.integer({ min: -63, max: 63 }))
    .map(([ticks, beside, micros]) => Math.floor((ticks + beside) * 62.5) + micros)
  const spans = edges.map((ticks) => fc.nat({ max: Math.floor(ticks * 62.5) }))
  const delay = fc.oneof(edge, ...spans)
  const span = fc.oneof(edge.map(Math.abs), ...spans)
  const period = fc.oneof(
    fc.integer({ min: 1, max: 200 }),
    span.map((value) => value + 1),
  )
  const timer = fc.nat({ max: TIMERS - 1 })
  const beside = fc.constantFrom(-63, -1, 0, 1, 63)
  const operation = fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant('arm' as const), timer, delay }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('disarm' as const), timer }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), span }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('advanceToBucket' as const), width: fc.constantFrom(...widths), beside }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('beat' as const), period }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('rewind' as const), span }) },
  )
  return fc.array(operation, { maxLength: 80, size: 'max' })
}

const start = fc.constantFrom(...STARTS)

describe('the wheel returns what a sorted array returns, and keeps its invariants', () => {
  it.each([
    ['small', 800],
    ['full', 80],
  ] as const)('with %s levels, after every operation', (name, runs) => {
    const geometry = GEOMETRIES[name]
    fc.assert(
      fc.property(start, operations(geometry), (start, operations) => {
        const pair = new Pair(geometry, start, TIMERS)
        for (const operation of operations) {
          pair.run(operation)
          pair.check()
        }
      }),
      fuzz(runs),
    )
  })

  it('when it advances to nextExpiry only, and each of these advances returns or moves a timer', () => {
    fc.assert(
      fc.property(start, operations(GEOMETRIES.small), (start, operations) => {
        const pair = new Pair(GEOMETRIES.small, start, TIMERS)
        for (const operation of operations) if (operation.do === 'arm') pair.run(operation)
        const bucketsOf = () => dump(pair.wheel).replace(/.*/, '')
        while (pair.model.armed.length > 0) {
          const before = bucketsOf()
          pair.advance(pair.wheel.nextExpiry())
          expect(bucketsOf()).not.toBe(before)
          pair.check()
        }
      }),
      fuzz(150),
    )
  })

  it('when time passes in several steps instead of one', () => {
    const parts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(start, operations(GEOMETRIES.small), parts, (start, operations, parts) => {
        const once = new Pair(GEOMETRIES.small, start, TIMERS)
        const split = new Pair(GEOMETRIES.small, start, TIMERS)
        // A beat goes to nextExpiry, which may differ between the two.
        for (const operation of operations.filter((operation) => operation.do !== 'beat')) {
          once.run(operation)
          split.run(operation, (to) => {
            const from = split.model.now
            for (const part of parts.toSorted((a, b) => a - b)) split.advance(from + (to - from) * part)
            split.advance(to)
          })
        }
        expect(split.expired).toEqual(once.expired)
      }),
      fuzz(300),
    )
  })
})

describe('a timer alone in the wheel', () => {
  it('expires at the first microsecond of its tick, as computed with big integers, and not one before', () => {
    // Every other tick ends on a whole microsecond, a multiple of 125: where a rounding error would show.
    const edge = fc
      .tuple(fc.integer({ min: 2, max: 2 ** 45 }), fc.constantFrom(-1, 0, 1, 62, 63))
      .map(([pairs, beside]) => pairs * 125 + beside)
    const due = fc.oneof(edge, fc.integer({ min: 200, max: 2 ** 52 - 125 }))
    fc.assert(
      fc.property(due, fc.integer({ min: 125, max: 200_000 }), (due, ahead) => {
        const wheel = new TimingWheel({ start: due - ahead, timers: 1 })
        wheel.arm(0, due)
        const tick = (BigInt(due) * 2n + 124n) / 125n
        const expected = Number((tick * 125n + 1n) / 2n)
        expect(wheel.advance(expected - 1)).toBe(0)
        expect(wheel.nextExpiry()).toBe(expected)
        expect(wheel.advance(expected)).toBe(1)
      }),
      fuzz(1_000),
    )
  })
})

/** Marsaglia's xorshift32: a long trace needs no shrinking, only to be the same every time. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.floor(((state >>> 0) / 2 ** 32) * below)
  }
}

describe('over 30,000 operations on 500 timers the wheel returns what a sorted array returns', () => {
  it.each([
    ['small', 0],
    ['small', 2 ** 52 - 2 ** 46],
    ['full', 2 ** 32 - 1_000],
    ['full', 2 ** 52 - 2 ** 50],
  ] as const)('with %s levels, from %i', (name, start) => {
    const geometry = GEOMETRIES[name]
    const below = random(4_711)
    const pair = new Pair(geometry, start, 500)
    const reaches = geometry.widths.map((width) => Math.floor(width * 62.5) * 8)
    // Mostly near: far timers are rare, or nothing would ever be due.
    const span = () => below(reaches[below(4) * below(2) * below(2)]!)
    for (let step = 0; step < 30_000; step++) {
      if (step % 1_000 === 0) pair.check()
      const choice = below(20)
      const timer = below(2 ** 31)
      if (choice < 12) pair.run({ do: 'arm', timer, delay: span() - 100 })
      else if (choice < 14) pair.run({ do: 'disarm', timer })
      else if (choice < 17) pair.run({ do: 'beat', period: 1 + span() })
      else pair.run({ do: 'advance', span: span() })
    }
    pair.check()
    expect(pair.expired.length).toBeGreaterThan(5_000)
  })
})
