import fc from 'fast-check'
import { Gauge, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { FamilyText } from '../../../src/admin/exposition/family-text.js'

const textOf = (family: FamilyText) => Buffer.concat(family.parts).toString()

/** A gauge of prom-client with one series for each label, and what it says of these values. */
function gauge(labels: readonly string[]) {
  const registry = new Registry()
  const own = new Gauge({ name: 'g', help: 'Help with a \\ and\na newline.', labelNames: ['l'], registers: [registry] })
  return async (values: readonly number[]) => {
    for (const [index, l] of labels.entries()) own.set({ l }, values[index]!)
    return (await registry.metrics()).slice(0, -1)
  }
}

/** Text with everything that is escaped, or that looks like the end of a label or a line. */
const label = fc.string({
  unit: fc.constantFrom('"', '\\', '\n', ' ', '}', 'a', 'é', '漢', '\u2028', '\r'),
  maxLength: 12,
})
const value = fc.oneof(
  fc.constantFrom(0, 9, 10, 99, 100, 99_999, Number.NaN, Number.POSITIVE_INFINITY, -0),
  fc.double(),
)

describe('the text of a metric', () => {
  it('the text of a metric is that of prom-client after any changes of its values', async () => {
    const series = fc.uniqueArray(label, { minLength: 1, maxLength: 8 }).chain((labels) =>
      fc.record({
        labels: fc.constant(labels),
        changes: fc.array(fc.array(value, { minLength: labels.length, maxLength: labels.length }), { minLength: 2 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(series, async ({ labels, changes: [first, ...changes] }) => {
        const render = gauge(labels)
        const family = new FamilyText(await render(first!))
        expect(textOf(family)).toBe(`${await render(first!)}\n`)
        for (const values of changes) {
          family.update(Float64Array.from(values))
          expect(textOf(family)).toBe(`${await render(values)}\n`)
        }
      }),
    )
  })

  it('the text of a metric with thousands of series is that of prom-client, too', async () => {
    const render = gauge(Array.from({ length: 3_000 }, (_, index) => `series ${index}`))
    const zeros = Array.from({ length: 3_000 }, () => 0)
    const family = new FamilyText(await render(zeros))
    for (const change of [(index: number) => index / 7, (index: number) => (index % 2) * 1e300, () => 5]) {
      const values = zeros.map((_, index) => change(index))
      family.update(Float64Array.from(values))
      expect(textOf(family)).toBe(`${await render(values)}\n`)
    }
  })

  it('an update writes only the values that have changed', () => {
    const family = new FamilyText('# HELP g G.\n# TYPE g gauge\ng{l="a"} 10\ng{l="b"} 20')
    family.update(Float64Array.of(10, 20))
    // A mark in the place of each value: what is written again loses it.
    const lines = family.parts[1]!
    for (const text of ['10', '20']) lines[Buffer.from(lines).indexOf(text)] = 'x'.charCodeAt(0)
    family.update(Float64Array.of(10, 21))
    expect(Buffer.from(lines).toString()).toBe('g{l="a"} x0\ng{l="b"} 21\n')
  })

  it('a metric without series is its two lines of description', () => {
    const family = new FamilyText('# HELP g G.\n# TYPE g gauge')
    family.update(new Float64Array(0))
    expect(textOf(family)).toBe('# HELP g G.\n# TYPE g gauge\n')
  })

  it('values for more or fewer series than the text has are refused', () => {
    const family = new FamilyText('# HELP g G.\n# TYPE g gauge\ng 1')
    expect(() => family.update(new Float64Array(2))).toThrow('a metric was rendered with 1 series and has 2 now')
  })
})
