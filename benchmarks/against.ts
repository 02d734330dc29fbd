/**
 * Compares this checkout with another one: `npm run bench -- against --base FOLDER`, where FOLDER is a checkout whose
 * dependencies are installed and which is built.
 *
 * The two take turns, in random order within each pair, so that a machine that becomes slower or busier does so for both.
 * Each block is a process of its own. Percentiles are of all samples together; the ratio is this checkout by the other.
 */
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import { ratioOf, type Statistic } from './ratio.js'
import { percentile, type Row } from './report.js'

const run = promisify(execFile)

const HERE = fileURLToPath(new URL('..', import.meta.url))

/** One block of one checkout: what each metric was made of. */
type Block = Readonly<Record<string, readonly number[]>>

interface Comparison {
  readonly name: string
  readonly unit: string
  /** The programs' output has the samples under this key. */
  readonly key: string
  readonly statistic: Statistic
}

interface Load {
  readonly name: string
  readonly measure: (checkout: string, seconds: number) => Promise<Block>
  readonly comparisons: readonly Comparison[]
}

const atPercent =
  (percent: number): Statistic =>
  (samples) =>
    percentile(
      samples.toSorted((a, b) => a - b),
      percent,
    )

const shareAbove =
  (limit: number): Statistic =>
  (samples) =>
    (100 * samples.filter((sample) => sample > limit).length) / samples.length

const LATENESS: readonly Comparison[] = [
  { name: 'p50', unit: 'µs', key: 'lateness', statistic: atPercent(50) },
  { name: 'p90', unit: 'µs', key: 'lateness', statistic: atPercent(90) },
  { name: 'p99', unit: 'µs', key: 'lateness', statistic: atPercent(99) },
  { name: 'later than 100 µs', unit: '%', key: 'lateness', statistic: shareAbove(100) },
  { name: 'later than 1 ms', unit: '%', key: 'lateness', statistic: shareAbove(1_000) },
  { name: 'cpu', unit: '% of a core', key: 'cpuPercent', statistic: atPercent(50) },
]

/** As many timers as bare Piscina has tasks in flight when the benchmark `dispatch` asks for 0.8 of its throughput. */
const DISPATCH_LANES = 1_000

const LOADS: readonly Load[] = [
  {
    name: 'lateness, idle',
    measure: (checkout, seconds) => program(checkout, 'lateness/engine.mjs', [String(seconds), 'idle']),
    comparisons: LATENESS,
  },
  {
    name: 'lateness, neighbour',
    measure: (checkout, seconds) => program(checkout, 'lateness/engine.mjs', [String(seconds), 'neighbour']),
    comparisons: LATENESS,
  },
  {
    name: 'lateness, burning',
    measure: (checkout, seconds) => program(checkout, 'lateness/engine.mjs', [String(seconds), 'burning']),
    comparisons: LATENESS,
  },
  {
    name: 'herd',
    measure: (checkout, seconds) => program(checkout, 'herd/engine.mjs', [String(seconds)]),
    comparisons: [
      { name: 'p50', unit: 'µs', key: 'lateness', statistic: atPercent(50) },
      { name: 'p99', unit: 'µs', key: 'lateness', statistic: atPercent(99) },
      { name: 'last start', unit: 'µs', key: 'lastStart', statistic: atPercent(50) },
      { name: 'latest start', unit: 'µs', key: 'lastStart', statistic: atPercent(100) },
    ],
  },
  {
    name: 'dispatch',
    measure: (checkout, seconds) =>
      program(checkout, 'dispatch/engine.mjs', [String(seconds)], { DISPATCH_LANES: String(DISPATCH_LANES) }),
    comparisons: [
      { name: 'throughput', unit: 'runs/s', key: 'perSecond', statistic: atPercent(50) },
      { name: 'main thread', unit: 'µs/run', key: 'mainMicrosPerRun', statistic: atPercent(50) },
    ],
  },
]

export async function against({ quick, seconds, base, blocks, only }: BenchOptions): Promise<Row[]> {
  if (base === undefined) throw new Error('against: --base FOLDER is missing: a checkout that is built')
  const other = resolve(base)
  const pairs = blocks ?? (quick ? 2 : 10)
  const rows: Row[] = []
  for (const load of LOADS.filter(({ name }) => only === undefined || name.includes(only))) {
    const length = seconds ?? (quick ? 2 : 20)
    const ours: Block[] = []
    const theirs: Block[] = []
    for (let pair = 0; pair < pairs; pair++) {
      const turns = [
        async () => void ours.push(await load.measure(HERE, length)),
        async () => void theirs.push(await load.measure(other, length)),
      ]
      for (const turn of Math.random() < 0.5 ? turns : turns.reverse()) await turn()
    }
    rows.push(...load.comparisons.flatMap((comparison) => rowsOf(load.name, comparison, ours, theirs)))
  }
  return rows
}

function rowsOf(load: string, { name, unit, key, statistic }: Comparison, ours: Block[], theirs: Block[]): Row[] {
  const samples = ours.map((block) => block[key]!)
  const baseline = theirs.map((block) => block[key]!)
  const { ratio, low, high } = ratioOf(samples, baseline, statistic)
  const row = (metric: string, value: number, of = unit): Row => {
    const n = samples.flat().length
    return { bench: `against, ${ours.length} blocks a side`, case: load, contender: name, n, metric, unit: of, value }
  }
  return [
    row('here', statistic(samples.flat())),
    row('base', statistic(baseline.flat())),
    row('ratio', ratio, ''),
    row('from', low, ''),
    row('to', high, ''),
  ]
}

/** Runs a program of a checkout's benchmarks; single numbers become lists of one. */
async function program(
  checkout: string,
  file: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Block> {
  const { stdout } = await run(process.execPath, [join(checkout, 'benchmarks', file), ...args], {
    maxBuffer: 1 << 26,
    env: { ...process.env, ...env },
  })
  const measured: Record<string, number | number[]> = JSON.parse(stdout)
  return Object.fromEntries(Object.entries(measured).map(([key, value]) => [key, [value].flat()]))
}
