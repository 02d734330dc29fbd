/**
 * Measures how late a 100 ms timer starts against its absolute schedule `start + k * 100 ms`, not against the last tick: alone,
 * beside one thread that keeps a core busy, and with every core kept busy.
 *
 * A start that is early is as wrong as one that is late, so contenders are compared by the absolute error, and early starts are
 * counted besides. Drift is the median error of the last hundred starts of a minute minus that of its first hundred.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'
import { atPercent, shareAbove, sum } from './statistics.js'
import { type Block, type Comparison, measureProgram, PROGRAMS, ratioRows, takeTurns, valueRows } from './turns.js'

const run = promisify(execFile)

const PLACES = ['idle', 'neighbour', 'burning'] as const

const SELF_CORRECTING = 'setTimeout, self-correcting'
const DRIFT_SECONDS = 60
const WARM_UP_SECONDS = 2
const PART = 100

const share = (name: string, limit: number): Comparison => {
  return { name, unit: '%', key: 'error', statistic: shareAbove(limit) }
}
const error = (name: string, percent: number): Comparison => {
  return { name, unit: 'µs', key: 'error', statistic: atPercent(percent) }
}

const COMPARED: readonly Comparison[] = [
  error('p50', 50),
  error('p90', 90),
  error('p99', 99),
  share('later than 100 µs', 100),
  share('later than 1 ms', 1_000),
]
const OF_C: readonly Comparison[] = [...COMPARED, error('max', 100)]
const ALL: readonly Comparison[] = [
  ...OF_C,
  { name: 'early', unit: 'starts', key: 'early', statistic: sum },
  { name: 'skipped', unit: 'ticks', key: 'skipped', statistic: sum },
  { name: 'cpu', unit: '% of a core', key: 'cpuPercent', statistic: atPercent(50) },
]

export async function lateness({
  quick,
  seconds,
  blocks,
  only,
  warmUpSeconds = WARM_UP_SECONDS,
}: BenchOptions): Promise<Row[]> {
  const length = seconds ?? (quick ? 5 : 20)
  const rounds = blocks ?? (quick ? 2 : 10)
  const rows: Row[] = []
  for (const place of PLACES.filter((name) => only === undefined || name.includes(only))) {
    const of = { bench: `lateness, ${rounds} blocks of ${length} s after ${warmUpSeconds} s`, case: place }
    const contenders: Record<string, () => Promise<Block>> = {
      escapement: () => measure('engine.mjs', length, place, warmUpSeconds),
      [SELF_CORRECTING]: () => measure('baseline.mjs', SELF_CORRECTING, length, place, warmUpSeconds),
      ...(place === 'idle' && {
        'cyclictest (C)': () => cyclictest(length),
      }),
    }
    const measured = await takeTurns(contenders, rounds)
    for (const [contender, blocks] of Object.entries(measured)) {
      const isThere = blocks.some((block) => block.error!.length > 0)
      if (isThere) rows.push(...valueRows(of, contender, contender.includes('(C)') ? OF_C : ALL, blocks))
    }
    const [ours, theirs] = [measured.escapement!, measured[SELF_CORRECTING]!]
    const ratios = { ...of, case: `${place}, escapement by ${SELF_CORRECTING}` }
    rows.push(...COMPARED.flatMap((comparison) => ratioRows(ratios, comparison, ours, theirs)))
    if (place === 'idle') rows.push(...(await drifts(quick ? length : DRIFT_SECONDS)))
  }
  return rows
}

/** `error` is the absolute value of `lateness`. */
async function measure(file: string, ...args: (string | number)[]): Promise<Block> {
  const { lateness, cpuPercent, skipped } = await measureProgram(join(PROGRAMS, 'lateness', file), args)
  return {
    error: lateness!.map(Math.abs),
    lateness: lateness!,
    cpuPercent: cpuPercent!,
    skipped: skipped!,
    early: [lateness!.filter((value) => value < 0).length],
  }
}

/** `setInterval` is here only: what it does to its schedule is drift. */
async function drifts(seconds: number): Promise<Row[]> {
  const contenders = {
    escapement: await measure('engine.mjs', seconds, 'idle'),
    setInterval: await measure('baseline.mjs', 'setInterval', seconds, 'idle'),
  }
  return Object.entries(contenders).map(([contender, { lateness }]) => {
    const [first, last] = [lateness!.slice(0, PART), lateness!.slice(-PART)].map(atPercent(50).of)
    const of = { bench: 'lateness', case: `drift in ${seconds} s`, contender }
    return { ...of, n: lateness!.length, metric: 'drift', unit: 'µs', value: last! - first! }
  })
}

/** The lateness of a C program on this machine: `clock_nanosleep` against an absolute schedule, at normal priority. */
async function cyclictest(seconds: number): Promise<Block> {
  const args = ['-t1', '-p0', '--policy=other', '-i100000', '--default-system', '-q', `-D${seconds}`, '-h20000']
  try {
    const { stdout } = await run('cyclictest', args, { maxBuffer: 1 << 26 })
    const error = [...stdout.matchAll(/^(\d{6}) (\d{6})$/gm)].flatMap(([, latency, count]) =>
      Array.from({ length: Number(count) }, () => Number(latency)),
    )
    return { error }
  } catch {
    process.stderr.write('cyclictest is not installed (Debian: package rt-tests): its rows are left out\n')
    return { error: [] }
  }
}
