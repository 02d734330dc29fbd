import { expect, it, vi } from 'vitest'
import { type Contender, measureCase } from '../../../benchmarks/compare/case.js'
import { cutOf, sizeOf } from '../../../benchmarks/compare/measure-part.js'
import type { Part } from '../../../benchmarks/compare/part.js'
import { withPart } from '../../../benchmarks/compare/results.js'
import { atPercent } from '../../../benchmarks/statistics.js'
import { PART, RESULTS } from './results.js'

const metric = {
  name: 'p50',
  unit: 'µs',
  key: 'error',
  statistic: atPercent(50),
  better: 'less',
  isCompared: true,
  isDrawn: true,
} as const

function contender(name: string, measure: Contender['measure']): Contender {
  return { name, isOurs: name === 'Escapement', measure }
}

const of = (contenders: readonly Contender[]) => ({ group: 'Idle', metrics: [metric], contenders, secondsPerBlock: 1 })

it('a case has the pooled value of each contender, and the ratio of the first one to each other', async () => {
  const { result, absent } = await measureCase(
    of([contender('Escapement', async () => ({ error: [1, 2, 3] })), contender('peer', async () => ({ error: [20] }))]),
    10,
  )
  expect(result.contenders).toEqual([
    { name: 'Escapement', isOurs: true, blocks: 10, samples: 30, values: { p50: 2 }, ratios: {} },
    {
      name: 'peer',
      isOurs: false,
      blocks: 10,
      samples: 10,
      values: { p50: 20 },
      ratios: { p50: { ratio: 0.1, low: 0.1, high: 0.1 } },
    },
  ])
  expect(absent).toEqual([])
})

it('a contender that fails twice is left out, and its reason has no path of the machine', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const fails = vi.fn(async () => {
    throw new Error('Command failed: node /home/me/peer.mjs\nError: cannot find /home/me/node_modules/peer')
  })
  const { result, absent } = await measureCase(
    of([contender('Escapement', async () => ({ error: [1] })), contender('peer', fails)]),
    10,
  )
  vi.restoreAllMocks()
  expect(fails).toHaveBeenCalledTimes(2)
  expect(result.contenders.map(({ name }) => name)).toEqual(['Escapement'])
  expect(absent).toEqual([{ case: 'Idle', contender: 'peer', reason: 'failed: Error: cannot find (path)' }])
})

it('a block that fails once is measured again, and the contender stays', async () => {
  const measure = vi.fn(async () => ({ error: [2] })).mockRejectedValueOnce(new Error('the clock has moved'))
  const { result, absent } = await measureCase(of([contender('Escapement', measure)]), 3)
  expect(measure).toHaveBeenCalledTimes(4)
  expect(result.contenders).toMatchObject([{ name: 'Escapement', blocks: 3, samples: 3 }])
  expect(absent).toEqual([])
})

it('a metric that a contender has no samples of is not among its values, and a ratio to 0 is none', async () => {
  const { result } = await measureCase(
    of([
      contender('Escapement', async () => ({ error: [1] })),
      contender('never', async () => ({ error: [] })),
      contender('zero', async () => ({ error: [0] })),
    ]),
    10,
  )
  expect(result.contenders.slice(1)).toMatchObject([
    { name: 'never', values: {}, ratios: {} },
    { name: 'zero', values: { p50: 0 }, ratios: {} },
  ])
})

it('a part that was measured alone replaces its last result and no other', () => {
  const lateness = { ...PART, title: 'Lateness' }
  const both = withPart(RESULTS, 'lateness', lateness, ['lateness', 'dispatch'])
  expect(Object.entries(both.parts)).toEqual([
    ['lateness', lateness],
    ['dispatch', PART],
  ])
  const again = { ...lateness, measuredAt: 'later' }
  expect(withPart(both, 'lateness', again, ['lateness', 'dispatch']).parts).toEqual({ lateness: again, dispatch: PART })
})

it('a part says in what it was cut short: fewer blocks, shorter blocks or --quick', () => {
  const part = { blocks: 10, blockSeconds: 5 } as Part
  const cut = (asked: Parameters<typeof sizeOf>[1]) => cutOf(part, sizeOf(part, asked))
  expect(cut({ quick: false })).toBeUndefined()
  expect(cut({ quick: false, blocks: 20, seconds: 60 })).toBeUndefined()
  expect(cut({ quick: false, blocks: 2, seconds: 1 })).toBe(
    'it has 2 blocks for each contender instead of 10; its blocks are 1 s long instead of 5 s',
  )
  expect(cut({ quick: true })).toContain('`--quick`, for its form only')
})
