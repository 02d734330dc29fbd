/**
 * What a service on a thread of its own costs, beside a bare `Worker` that does nothing.
 *
 * "One more thread" is the difference between a process with many threads and one with few, by the number of threads between
 * them, so that what a supervisor costs once does not count. "Ready" is the time from the call of `start()` until every service has
 * started; for bare Workers, until every one has said that it is up. All processes of a block are started in random order.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import { ratioOf } from './ratio.js'
import type { Row } from './report.js'
import { atPercent } from './statistics.js'

const run = promisify(execFile)
const median = atPercent(50)

/** What a process says of itself when all its threads have started. */
interface Started {
  readonly readyMs: number
  /** CPU time of the process so far. */
  readonly cpuMs: number
  readonly rssMb: number
  /** Used heap of one thread, on average. */
  readonly heapMb: number
}

const SIDES = ['engine', 'bare'] as const
type Side = (typeof SIDES)[number]

/** The processes of one block: for each side and number of threads, one. */
type Block = Readonly<Record<Side, ReadonlyMap<number, Started>>>

/** One more thread is measured between these numbers of threads. */
const FEW = 10
const MANY = 50

interface Quantity {
  readonly case: string
  readonly n: number
  readonly metric: string
  readonly unit: string
  readonly of: (started: ReadonlyMap<number, Started>) => number
}

const oneMore = (key: 'rssMb' | 'cpuMs') => (started: ReadonlyMap<number, Started>) =>
  (started.get(MANY)![key] - started.get(FEW)![key]) / (MANY - FEW)

const QUANTITIES: readonly Quantity[] = [
  { case: 'one more thread', n: 1, metric: 'RSS', unit: 'MB', of: oneMore('rssMb') },
  { case: 'one more thread', n: 1, metric: 'heap', unit: 'MB', of: (started) => started.get(MANY)!.heapMb },
  { case: 'one more thread', n: 1, metric: 'CPU', unit: 'ms', of: oneMore('cpuMs') },
]

const readyOf = (n: number): Quantity => {
  return { case: 'ready', n, metric: 'ready', unit: 'ms', of: (started) => started.get(n)!.readyMs }
}

export async function threads({ quick, blocks }: BenchOptions): Promise<Row[]> {
  const sizes = quick ? [FEW, MANY] : [1, FEW, MANY, 100]
  const measured: Block[] = []
  for (let block = 0; block < (blocks ?? (quick ? 2 : 10)); block++) {
    measured.push(await measureBlock(sizes))
  }
  return [...QUANTITIES, ...sizes.map(readyOf)].flatMap((quantity) => rowsOf(quantity, measured))
}

async function measureBlock(sizes: readonly number[]): Promise<Block> {
  const block = { engine: new Map<number, Started>(), bare: new Map<number, Started>() }
  const turns = SIDES.flatMap((side) => sizes.map((size) => ({ side, size, order: Math.random() })))
  for (const { side, size } of turns.sort((a, b) => a.order - b.order)) {
    const path = fileURLToPath(new URL(`threads/${side}.mjs`, import.meta.url))
    const { stdout } = await run(process.execPath, [path], { env: { ...process.env, SERVICES: String(size) } })
    block[side].set(size, JSON.parse(stdout))
  }
  return block
}

/** The median of each side, and the ratio of the medians with its interval (95 %). */
function rowsOf({ metric, unit, of, ...where }: Quantity, measured: readonly Block[]): Row[] {
  const samples = (side: Side) => measured.map((block) => [of(block[side])])
  const { ratio, low, high } = ratioOf(samples('engine'), samples('bare'), median)
  const row = (name: string, value: number, of = unit): Row => {
    return { bench: `threads, ${measured.length} blocks`, ...where, contender: metric, metric: name, unit: of, value }
  }
  return [
    row('service', median.of(samples('engine').flat())),
    row('bare Worker', median.of(samples('bare').flat())),
    row('ratio', ratio, ''),
    row('from', low, ''),
    row('to', high, ''),
  ]
}
