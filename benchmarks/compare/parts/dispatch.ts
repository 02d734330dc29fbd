/** The engine beside pools of threads: how many runs a second one thread gets, and how soon an idle thread starts one. */
import { join } from 'node:path'
import { type Measured, measureEngine, measurePiscina, OFFERED_LOADS } from '../../dispatch.js'
import { atPercent } from '../../statistics.js'
import { type Block, measureProgram, PROGRAMS } from '../../turns.js'
import type { Case, MeasuredMetric } from '../case.js'
import type { OpenPart, Part, Size } from '../part.js'

const POOLS: Readonly<Record<string, string | undefined>> = {
  piscina: undefined,
  'piscina, atomics async': undefined,
  tinypool: undefined,
  poolifier: undefined,
  workerpool: 'gives a thread one task at a time',
}

/** Which pools a quick run measures: one without a note and one with it. */
const QUICK = ['piscina', 'workerpool']

/** Warm-up, start and end of a process. */
const START_SECONDS = 2.2

const BUSY: readonly MeasuredMetric[] = [
  { ...metric('throughput', 'runs/s', 'perSecond', 50), better: 'more', isDrawn: true },
  { ...metric('main thread', 'µs of CPU a run', 'mainMicrosPerRun', 50), better: 'less', isDrawn: false },
]
const IDLE: readonly MeasuredMetric[] = [50, 95, 99].map((percent) => {
  return { ...metric(`p${percent}`, 'µs', 'startedAfter', percent), better: 'less', isDrawn: percent !== 95 }
})

export const dispatch: Part = {
  title: 'Dispatch',
  description:
    'No-op runs on one thread, each contender in a process of its own. Busy: as many runs are in flight all the time as Escapement needs to be busy; ' +
    'its runs are ticks of timers that went through the whole engine (wheel, decision, ledger, counters), those of the pools are calls of ' +
    'their `run` function. Idle: one run every 100 ms, from the call (`supervisor.trigger`, `pool.run`) to the first statement on the thread.',
  packages: ['piscina', 'tinypool', 'poolifier', 'workerpool'],
  blocks: 10,
  blockSeconds: 3,
  notMeasured: [
    'Dispatch: tasks with payloads, more threads than one, and what a pool does when its queue is full.',
    'Dispatch: the lead of timers. A tick of a timer is handed over before it is due, so what is measured here as the start of an idle thread is no lateness; that is the part on lateness.',
  ],
  estimate: (size) =>
    (size.isQuick ? 5 : 24) + 2 * (1 + poolsOf(size).length) * size.blocks * (size.blockSeconds + START_SECONDS),
  open,
}

function poolsOf({ isQuick }: Size): [string, string | undefined][] {
  return Object.entries(POOLS).filter(([name]) => !isQuick || QUICK.includes(name))
}

async function open(size: Size): Promise<OpenPart> {
  const { isQuick, blockSeconds } = size
  const { lanes, offered } = await probe(isQuick ? [1] : OFFERED_LOADS, Math.min(2, blockSeconds))
  const secondsPerBlock = blockSeconds + START_SECONDS
  const contenders = (ours: () => Promise<Block>, program: string, args: readonly number[]): Case['contenders'] => [
    { name: 'Escapement', isOurs: true, measure: ours },
    ...poolsOf(size).map(([name, note]) => ({
      name,
      isOurs: false,
      ...(note && program === 'busy.mjs' && { note }),
      measure: () => measure(program, name, ...args),
    })),
  ]
  return {
    cases: [
      {
        group: `Busy: no-op runs on one thread, ${lanes} in flight`,
        metrics: BUSY,
        contenders: contenders(
          async () => blockOf(await measureEngine(blockSeconds, Math.ceil(offered * lanes))),
          'busy.mjs',
          [blockSeconds, lanes],
        ),
        secondsPerBlock,
      },
      {
        group: 'Idle: from the call to the first statement on the thread',
        metrics: IDLE,
        contenders: contenders(() => measure('idle.mjs', 'escapement', blockSeconds), 'idle.mjs', [blockSeconds]),
        secondsPerBlock,
      },
    ],
  }
}

/** How many runs must be in flight, and at which offered load the engine ends most runs. The blocks are measured afterwards, anew. */
async function probe(loads: readonly number[], seconds: number): Promise<{ lanes: number; offered: number }> {
  const { lanes } = await measurePiscina(seconds)
  let best = { offered: 1, perSecond: 0 }
  for (const offered of loads) {
    const { perSecond } = await measureEngine(seconds, Math.ceil(offered * lanes))
    if (perSecond > best.perSecond) best = { offered, perSecond }
  }
  return { lanes, offered: best.offered }
}

function measure(program: string, ...args: (string | number)[]): Promise<Block> {
  return measureProgram(join(PROGRAMS, 'compare/dispatch', program), args)
}

function blockOf({ perSecond, mainMicrosPerRun }: Measured): Block {
  return { perSecond: [perSecond], mainMicrosPerRun: [mainMicrosPerRun] }
}

function metric(name: string, unit: string, key: string, percent: number) {
  return { name, unit, key, statistic: atPercent(percent), isCompared: true }
}
