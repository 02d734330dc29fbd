/** How lateness, processor time and memory grow with the number of entrypoints, and what parked timers cost: the benchmark `scale`. */
import { INTERVAL_MS, type Measured, measureEntrypoints, measureParked } from '../../scale.js'
import { atPercent } from '../../statistics.js'
import type { Block } from '../../turns.js'
import type { Case, Contender, MeasuredMetric } from '../case.js'
import { type Part, type Size, secondsOf } from '../part.js'

const SHAPES = { 'one service': 'one thread', 'own threads': 'a thread for each' } as const
const COUNTS = {
  quick: { 'one service': [1, 10], 'own threads': [] },
  full: { 'one service': [1, 100, 1_000], 'own threads': [10, 100] },
}
const PARKED = { quick: [10_000], full: [1_000, 100_000, 1_000_000] }

/** Warm-up, start and end of a process; starting a thread takes a while. */
const startSeconds = (threads: number) => 3.5 + threads * 0.02

const lateness = (percent: number, isDrawn: boolean): MeasuredMetric => {
  return { ...metric(`p${percent}`, 'µs', 'error'), statistic: atPercent(percent), isDrawn }
}
const ENTRYPOINTS: readonly MeasuredMetric[] = [
  lateness(50, true),
  lateness(99, true),
  { ...metric('early', 'starts a block', 'early'), better: 'none', isCompared: false },
  { ...metric('CPU', '% of a core', 'cpuPercent'), isDrawn: true },
  { ...metric('memory', 'MB of the process', 'rssMegabytes'), isDrawn: true },
  metric('ready', 'ms after the start', 'readyMs'),
]
const PARKED_TIMERS: readonly MeasuredMetric[] = [
  { ...metric('CPU', '% of a core', 'cpuPercent'), isDrawn: true },
  metric('wake-ups', 'a second', 'wakeUpsPerSecond'),
  { ...metric('memory', 'MB added', 'addedMegabytes'), isDrawn: true },
  metric('armed in', 'ms', 'readyMs'),
]

export const growth: Part = {
  title: 'Growth',
  description:
    `n entrypoints of ${INTERVAL_MS} ms, all due at the same moments, beside bare Workers with a \`setInterval\` for each entrypoint and as many threads. ` +
    'Lateness is the absolute error against the grid of each timer. Parked timers are due in a day: in the scheduler, and as `setInterval`.',
  packages: [],
  blocks: 10,
  blockSeconds: 3,
  notMeasured: ['Growth: more than 100 threads in one process, and entrypoints with different intervals.'],
  estimate: (size) => secondsOf(casesOf(size), size),
  open: async (size) => ({ cases: casesOf(size) }),
}

function casesOf({ isQuick, blockSeconds }: Size): Case[] {
  const size = isQuick ? 'quick' : 'full'
  const entrypoints = Object.entries(SHAPES).flatMap(([shape, title]) =>
    COUNTS[size][shape as keyof typeof SHAPES].map((n) => {
      const measure = (program: 'engine' | 'baseline') => async () =>
        blockOf(await measureEntrypoints(program, shape, n, blockSeconds))
      return {
        group: `Entrypoints of ${INTERVAL_MS} ms on ${title}`,
        n,
        metrics: ENTRYPOINTS,
        contenders: pair('bare Workers', measure('engine'), measure('baseline')),
        secondsPerBlock: blockSeconds + startSeconds(shape === 'own threads' ? n : 1),
      }
    }),
  )
  const parked = PARKED[size].map((n) => {
    const measure = (contender: 'scheduler' | 'setInterval') => async () =>
      blockOf(await measureParked(contender, n, blockSeconds, 'alone'))
    return {
      group: 'Parked timers',
      n,
      metrics: PARKED_TIMERS,
      contenders: pair('setInterval', measure('scheduler'), measure('setInterval')),
      secondsPerBlock: blockSeconds + 2,
    }
  })
  return [...entrypoints, ...parked]
}

function pair(peer: string, ours: Contender['measure'], theirs: Contender['measure']): Contender[] {
  return [
    { name: 'Escapement', isOurs: true, measure: ours },
    { name: peer, isOurs: false, measure: theirs },
  ]
}

function blockOf({ lateness, ...rest }: Measured): Block {
  const { readyMs, cpuPercent, rssMegabytes, wakeUpsPerSecond, addedMegabytes } = rest
  return {
    error: lateness.map(Math.abs),
    early: [lateness.filter((value) => value < 0).length],
    readyMs: [readyMs],
    cpuPercent: [cpuPercent],
    rssMegabytes: [rssMegabytes],
    wakeUpsPerSecond: [wakeUpsPerSecond],
    ...(addedMegabytes !== undefined && { addedMegabytes: [addedMegabytes] }),
  }
}

function metric(name: string, unit: string, key: string): MeasuredMetric {
  return { name, unit, key, statistic: atPercent(50), better: 'less', isCompared: true, isDrawn: false }
}
