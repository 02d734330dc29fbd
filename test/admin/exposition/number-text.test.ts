import fc from 'fast-check'
import { Gauge, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { LONGEST_NUMBER, writeNumber } from '../../../src/admin/exposition/number-text.js'

/** Longer than any number, and not empty: what was there before must not matter. */
const into = new Uint8Array(64).fill('x'.charCodeAt(0))

const ours = (value: number) => Buffer.from(into.subarray(0, writeNumber(value, into))).toString('latin1')

const registry = new Registry()
const gauge = new Gauge({ name: 'g', help: 'G.', registers: [registry] })

async function theirs(value: number): Promise<string> {
  gauge.set(value)
  return (await registry.metrics()).trimEnd().split(' ').at(-1)!
}

const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeNat(),
  fc.nat({ max: 1_000 }),
  // Where the text is longest: small, but not so small that it has an exponent.
  fc.double({ min: -1e-5, max: 1e-5 }),
)

describe('the text of a number', () => {
  it.each([
    0,
    -0,
    9,
    10,
    99,
    100,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53,
    1e21,
    -1,
    0.1,
    1e-7,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
  ])('the text of %d is the one that prom-client writes', async (value) => {
    expect(ours(value)).toBe(await theirs(value))
  })

  it('the text of any number is the one that prom-client writes', async () => {
    await fc.assert(
      fc.asyncProperty(anyNumber, async (value) => {
        expect(ours(value)).toBe(await theirs(value))
      }),
      { numRuns: 2_000 },
    )
  })

  it('no number has a longer text than the room that is kept for it, and some number fills it', () => {
    fc.assert(
      fc.property(anyNumber, (value) => writeNumber(value, into) <= LONGEST_NUMBER),
      { numRuns: 10_000 },
    )
    expect(ours(-0.0000012345678901234567)).toHaveLength(LONGEST_NUMBER)
  })
})
