import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sizeOf } from '../../../benchmarks/compare/measure-part.js'
import { PARTS, partsNamed } from '../../../benchmarks/compare/parts.js'

const { dependencies } = JSON.parse(
  readFileSync(new URL('../../../benchmarks/compare/package.json', import.meta.url), 'utf8'),
)

const hoursOf = (names: readonly string[], quick: boolean) =>
  names.reduce((sum, name) => sum + PARTS[name]!.estimate(sizeOf(PARTS[name]!, { quick })), 0) / 3_600

it('the comparison takes about two and a half hours, and a quick one some minutes', () => {
  expect(hoursOf(partsNamed(undefined, false), false)).toBeLessThan(2.75)
  expect(hoursOf(partsNamed(undefined, true), true)).toBeLessThan(0.05)
})

it('every part is measured in at least ten blocks, and knows how long it takes', () => {
  for (const part of Object.values(PARTS)) {
    expect(part.blocks).toBeGreaterThanOrEqual(10)
    expect(part.estimate(sizeOf(part, { quick: false }))).toBeGreaterThan(60)
  }
})

it('every package of a part is one of the comparison', () => {
  const named = Object.values(PARTS).flatMap(({ packages }) => packages)
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => dependencies[name] === undefined)).toEqual([])
})

it('a part is chosen by its name, and several by how their names begin', () => {
  expect(partsNamed('wheel', false)).toEqual(['wheel'])
  expect(partsNamed('nothing', false)).toEqual([])
  expect(partsNamed(undefined, false)).toContain('dispatch')
})

it('lateness is one part for each load, and those that show the same at one second are measured when they are named', () => {
  expect(partsNamed('lateness-idle', false)).toEqual(['lateness-idle'])
  expect(partsNamed('lateness', false)).toEqual(expect.arrayContaining(['lateness-idle', 'lateness-blocked-1s']))
  expect(partsNamed(undefined, false)).toContain('lateness-blocked')
  expect(partsNamed(undefined, false)).not.toContain('lateness-blocked-1s')
})
