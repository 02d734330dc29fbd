/**
 * Compares this checkout with another one: `npm run bench -- against --base FOLDER`, where FOLDER is a checkout whose
 * dependencies are installed and which is built. The ratio is this checkout by the other.
 */
import { join, resolve } from 'node:path'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'
import { atPercent, shareAbove } from './statistics.js'
import { type Block, type Comparison, measureProgram, PROGRAMS, ratioRows, takeTurns, valueRows } from './turns.js'

interface Load {
  readonly name: string
  readonly measure: (folder: string, seconds: number) => Promise<Block>
  readonly comparisons: readonly Comparison[]
}

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
    measure: (folder, seconds) => program(folder, 'lateness/engine.mjs', [String(seconds), 'idle']),
    comparisons: LATENESS,
  },
  {
    name: 'lateness, neighbour',
    measure: (folder, seconds) => program(folder, 'lateness/engine.mjs', [String(seconds), 'neighbour']),
    comparisons: LATENESS,
  },
  {
    name: 'lateness, burning',
    measure: (folder, seconds) => program(folder, 'lateness/engine.mjs', [String(seconds), 'burning']),
    comparisons: LATENESS,
  },
  {
    name: 'herd',
    measure: (folder, seconds) => program(folder, 'herd/engine.mjs', [String(seconds)]),
    comparisons: [
      { name: 'p50', unit: 'µs', key: 'lateness', statistic: atPercent(50) },
      { name: 'p99', unit: 'µs', key: 'lateness', statistic: atPercent(99) },
      { name: 'last start', unit: 'µs', key: 'lastStart', statistic: atPercent(50) },
      { name: 'latest start', unit: 'µs', key: 'lastStart', statistic: atPercent(100) },
    ],
  },
  {
    name: 'dispatch',
    measure: (folder, seconds) =>
      program(folder, 'dispatch/engine.mjs', [String(seconds)], { DISPATCH_LANES: String(DISPATCH_LANES) }),
    comparisons: [
      { name: 'throughput', unit: 'runs/s', key: 'perSecond', statistic: atPercent(50) },
      { name: 'main thread', unit: 'µs/run', key: 'mainMicrosPerRun', statistic: atPercent(50) },
    ],
  },
]

export async function against({ quick, seconds, base, blocks, only }: BenchOptions): Promise<Row[]> {
  if (base === undefined) throw new Error('against: --base FOLDER is missing: a checkout that is built')
  const folders = { here: PROGRAMS, base: join(resolve(base), 'benchmarks') }
  const rounds = blocks ?? (quick ? 2 : 10)
  const length = seconds ?? (quick ? 2 : 20)
  const rows: Row[] = []
  for (const { name, measure, comparisons } of LOADS.filter((load) => only === undefined || load.name.includes(only))) {
    const contenders = { here: () => measure(folders.here, length), base: () => measure(folders.base, length) }
    const { here, base } = await takeTurns(contenders, rounds)
    const of = { bench: `against, ${rounds} blocks a side`, case: name }
    for (const comparison of comparisons) {
      for (const [side, blocks] of Object.entries({ here, base })) {
        const [row] = valueRows(of, comparison.name, [comparison], blocks)
        rows.push({ ...row!, metric: side })
      }
      rows.push(...ratioRows(of, comparison, here, base))
    }
  }
  return rows
}

/** Runs a program of a checkout's benchmarks. */
function program(folder: string, file: string, args: string[], env: Record<string, string> = {}): Promise<Block> {
  return measureProgram(join(folder, file), args, env)
}
