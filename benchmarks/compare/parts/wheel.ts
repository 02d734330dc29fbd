/** The timing wheel beside what else can hold timers. */
import { join } from 'node:path'
import { atPercent } from '../../statistics.js'
import { type Block, measureProgram, PROGRAMS } from '../../turns.js'
import type { Case, MeasuredMetric } from '../case.js'
import { type Part, type Size, secondsOf } from '../part.js'

const PROGRAM = join(PROGRAMS, 'compare/wheel/measure.ts')
const HEAP_IN_SCHEDULER = new URL('../wheel/heap-in-scheduler.mjs', import.meta.url).href

const OURS = 'Escapement'
const GROWING = { quick: [1_000, 10_000], full: [1_000, 10_000, 100_000, 1_000_000] }

const cost: MeasuredMetric = {
  name: 'cost',
  unit: 'ns',
  key: 'value',
  statistic: atPercent(50),
  better: 'less',
  isCompared: true,
  isDrawn: true,
}
const memory: MeasuredMetric = { ...cost, name: 'memory', unit: 'bytes a timer' }

const COARSE = 'resolves a second, and so gets the same moments a thousand times longer'
const REAL_TIME = 'timers of 1 ms in real time, because it cannot run in virtual time'

interface Kind {
  readonly what: string
  readonly group: string
  readonly metric: MeasuredMetric
  /** Numbers of timers. A quick run leaves out what has the form of another kind. */
  readonly sizes: { readonly quick: readonly number[]; readonly full: readonly number[] }
  readonly peers: Readonly<Record<string, { readonly note?: string; readonly heapShift?: number }>>
}

const KINDS: readonly Kind[] = [
  {
    what: 'scheduler',
    group: "A tick through the whole scheduler: its timers in Escapement's wheel or in a heap",
    metric: cost,
    sizes: GROWING,
    peers: { 'binary heap': { heapShift: 1 }, '4-ary heap': { heapShift: 2 } },
  },
  {
    what: 'beat',
    group: 'Expire and arm again: timers of 100 ms',
    metric: cost,
    sizes: { quick: [10_000], full: [1_000, 100_000] },
    peers: {
      setTimeout: { note: REAL_TIME },
      'binary heap': {},
      '4-ary heap': {},
      'timer-wheel': { note: COARSE },
    },
  },
  {
    what: 'churn',
    group: 'Cancel and insert: pending timers, chosen at random',
    metric: cost,
    sizes: { quick: [], full: [1_000, 100_000] },
    peers: { setTimeout: {}, 'binary heap': {}, '4-ary heap': {}, 'timer-wheel': { note: COARSE } },
  },
  {
    what: 'memory',
    group: 'Memory of pending timers: without the handles that their user keeps',
    metric: memory,
    sizes: { quick: [], full: [100_000] },
    peers: { setTimeout: {}, 'binary heap': {}, '4-ary heap': {}, 'timer-wheel': {} },
  },
]

export const wheel: Part = {
  title: 'Timing wheel',
  description:
    'What n timers cost, in virtual time. The heaps are of typed arrays and know the place of each timer. timer-wheel is the package of that ' +
    'name. A tick through the scheduler is the path that the product takes: one expiry, one offer, one re-arm.',
  packages: ['timer-wheel'],
  blocks: 10,
  notMeasured: ['Timing wheel: wheels that are not written in JavaScript (timeout.c, tokio).'],
  estimate: (size) => secondsOf(casesOf(size), size),
  open: async (size) => ({ cases: casesOf(size) }),
}

function casesOf({ isQuick }: Size): Case[] {
  return KINDS.flatMap(({ what, group, metric, sizes, peers }) =>
    (isQuick ? sizes.quick : sizes.full).map((n) => ({
      group,
      n,
      metrics: [metric],
      contenders: [
        { name: OURS, isOurs: true, measure: () => measure(what, OURS, n) },
        ...Object.entries(peers).map(([name, { note, heapShift }]) => ({
          name,
          isOurs: false,
          ...(note && { note }),
          measure: () => measure(what, name, n, heapShift),
        })),
      ],
      secondsPerBlock: n < 1_000_000 ? 1.2 : 4,
    })),
  )
}

function measure(what: string, contender: string, n: number, heapShift?: number): Promise<Block> {
  const isHeap = heapShift !== undefined
  const imports = ['--import', 'tsx', ...(isHeap ? ['--import', HEAP_IN_SCHEDULER] : [])]
  const env: Record<string, string> = isHeap ? { HEAP_SHIFT: String(heapShift) } : {}
  return measureProgram(PROGRAM, [what, contender, n], env, imports)
}
