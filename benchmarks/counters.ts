/**
 * What it costs to count a tick, and to read what was counted.
 *
 * - `count a tick`: a tick arrives, is handed over, and its run ends with a lateness and a duration, over 1,000 timers in turn:
 *   in plain objects (what the engine did before the counters were in shared memory), in shared memory without sequence words,
 *   and in shared memory as the engine does it. Rounds alternate; the ratio is to the plain objects, with the interval in which
 *   it lies with 95 % confidence.
 * - `snapshot`: a consistent copy of all rows, with nobody writing.
 * - `render`: the text of /metrics (counters/rendering.ts).
 */
import { type Catalogue, catalogueOf } from '../dist/src/counters/catalogue.js'
import { DURATION_BOUNDS, LATENESS_BOUNDS } from '../dist/src/counters/histogram-bounds.js'
import { bytesOf, layoutOf, rowAt } from '../dist/src/counters/layout.js'
import { CounterReader } from '../dist/src/counters/reader.js'
import { Row as CounterRow } from '../dist/src/counters/row.js'
import { TIMER_ROW } from '../dist/src/counters/row-shapes.js'
import { Ledger } from '../dist/src/dispatch/ledger.js'
import type { TimerDefinition } from '../dist/src/kernel/definitions.js'
import type { BenchOptions } from './bench-options.js'
import { PlainCounts } from './counters/plain-counts.js'
import { renderingRows } from './counters/rendering.js'
import { ratioOf } from './ratio.js'
import { percentile, type Row } from './report.js'
import { atPercent } from './statistics.js'

const TIMERS = 1_000
const TICKS = 200_000

type CountTick = (index: number, lateness: number, duration: number) => void

const CATALOGUE = catalogueOf([
  {
    name: 'bench',
    pool: 'bench',
    timers: Array.from({ length: TIMERS }, (_, index) => timer(index)),
    rpcs: [],
    leases: [],
    usesMembers: false,
  },
])

const median = atPercent(50)

export async function counters({ quick }: BenchOptions): Promise<Row[]> {
  const contenders: Record<string, CountTick> = {
    'plain objects': inObjects(),
    'shared memory, no sequence word': inSharedMemory(CATALOGUE, false),
    'shared memory': inSharedMemory(CATALOGUE, true),
  }
  const costs = new Map(Object.keys(contenders).map((name): [string, number[][]] => [name, []]))
  for (let round = 0; round < (quick ? 10 : 40); round++) {
    for (const [name, count] of Object.entries(contenders)) costs.get(name)!.push([nanosPerTick(count)])
  }
  const baseline = costs.get('plain objects')!
  const rows = [...costs].flatMap(([contender, blocks]): Row[] => {
    const row = { bench: 'counters', case: 'count a tick', contender, n: TIMERS }
    const { ratio, low, high } = ratioOf(blocks, baseline, median)
    return [
      { ...row, metric: 'cost', unit: 'ns/tick', value: median.of(blocks.flat()) },
      { ...row, metric: 'of plain objects', unit: 'ratio', value: ratio },
      { ...row, metric: 'from', unit: '95 %', value: low },
      { ...row, metric: 'to', unit: '95 %', value: high },
    ]
  })
  return [...rows, ...snapshotRows(CATALOGUE, quick ? 50 : 500), ...(await renderingRows(CATALOGUE, quick ? 10 : 40))]
}

function snapshotRows(catalogue: Catalogue, rounds: number): Row[] {
  const memory = new SharedArrayBuffer(bytesOf(layoutOf(catalogue)))
  const reader = new CounterReader(catalogue, memory)
  const micros = Array.from({ length: rounds }, () => nanoseconds(() => reader.snapshot()) / 1_000)
  const sorted = micros.toSorted((a, b) => a - b)
  const row = { bench: 'counters', case: 'snapshot', contender: 'reader', n: TIMERS }
  return [
    { ...row, metric: 'memory', unit: 'KB', value: memory.byteLength / 1_000 },
    { ...row, metric: 'p50', unit: 'µs', value: percentile(sorted, 50) },
    { ...row, metric: 'p99', unit: 'µs', value: percentile(sorted, 99) },
  ]
}

function nanosPerTick(count: CountTick): number {
  const nanos = nanoseconds(() => {
    for (let tick = 0; tick < TICKS; tick++) count(tick % TIMERS, 1e-6 * (tick % 300), 1e-5 * (tick % 700))
  })
  return nanos / TICKS
}

function nanoseconds(work: () => unknown): number {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start)
}

function inObjects(): CountTick {
  const timers = Array.from({ length: TIMERS }, () => new PlainCounts())
  return (index, lateness, duration) => {
    const counts = timers[index]!
    counts.arrive()
    counts.dispatch()
    counts.end('completed', lateness, duration)
  }
}

function inSharedMemory(catalogue: Catalogue, isVersioned: boolean): CountTick {
  const layout = layoutOf(catalogue)
  const memory = new SharedArrayBuffer(bytesOf(layout))
  const words = new Float64Array(memory)
  const sequence = new Int32Array(memory)
  const RowClass = isVersioned ? CounterRow : UnversionedRow
  const timers = catalogue.timers.map((_, index) => {
    const row = new RowClass(words, sequence, rowAt(layout, 'timers', index))
    return { row, ledger: new Ledger(row) }
  })
  return (index, lateness, duration) => {
    const { row, ledger } = timers[index]!
    ledger.arrive()
    ledger.dispatch()
    row.begin()
    row.observe(TIMER_ROW.at.lateness, LATENESS_BOUNDS, lateness)
    row.observe(TIMER_ROW.at.duration, DURATION_BOUNDS, duration)
    ledger.end('completed')
  }
}

class UnversionedRow extends CounterRow {
  override begin(): void {}
  override end(): void {}
}

function timer(index: number): TimerDefinition {
  return {
    kind: 'timer',
    id: `bench.m${index}`,
    service: 'bench',
    method: `m${index}`,
    schedule: { kind: 'interval', interval: 100_000, align: false },
    eager: false,
    overlap: 'skip',
    concurrency: 1,
    abortGrace: 0,
    missed: 'skip',
    jitter: 0,
    precise: 'auto',
    hasWhen: false,
    retry: { attempts: 1, backoff: { initial: 1, factor: 1, max: 1, jitter: 0 } },
    breaker: false,
    scope: 'instance',
  }
}
