/**
 * Measures how late a 100 ms timer starts against its absolute schedule `start + k * 100 ms`, not against the last tick.
 *
 * Each contender has its own process. The contenders run one after another, once alone and once beside a thread that keeps
 * a core busy without pause. Drift is the median lateness of the last hundred starts minus that of the first hundred.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { percentile, type Row } from './report.js'

const run = promisify(execFile)

interface Measured {
  /** In microseconds, in the order of the starts. */
  readonly lateness: readonly number[]
  readonly cpuPercent: number
  readonly skipped: number
}

export async function lateness({ quick, seconds }: { quick: boolean; seconds?: number }): Promise<Row[]> {
  const length = seconds ?? (quick ? 10 : 60)
  const baselineLength = Math.min(length, 30)
  const rows: Row[] = []
  for (const place of ['idle', 'neighbour'] as const) {
    const engineLength = place === 'idle' ? length : Math.min(length, 30)
    rows.push(...rowsOf(place, 'escapement', await program('engine.mjs', String(engineLength), place)))
    for (const kind of ['setTimeout, self-correcting', 'setInterval']) {
      rows.push(...rowsOf(place, kind, await program('baseline.mjs', kind, String(baselineLength), place)))
    }
  }
  return [...rows, ...(await cyclictest(quick ? 5 : 15))]
}

async function program(file: string, ...args: string[]): Promise<Measured> {
  const path = fileURLToPath(new URL(`lateness/${file}`, import.meta.url))
  const { stdout } = await run(process.execPath, [path, ...args], { maxBuffer: 1 << 26 })
  return JSON.parse(stdout)
}

function rowsOf(place: string, contender: string, { lateness, cpuPercent, skipped }: Measured): Row[] {
  const sorted = lateness.toSorted((a, b) => a - b)
  const row = (metric: string, unit: string, value: number): Row => {
    return { bench: 'lateness', case: place, contender, n: lateness.length, metric, unit, value }
  }
  const part = Math.min(100, Math.floor(lateness.length / 3))
  const median = (values: readonly number[]) =>
    percentile(
      values.toSorted((a, b) => a - b),
      50,
    )
  return [
    row('p50', 'µs', percentile(sorted, 50)),
    row('p90', 'µs', percentile(sorted, 90)),
    row('p99', 'µs', percentile(sorted, 99)),
    row('max', 'µs', sorted.at(-1) ?? Number.NaN),
    row('early', 'starts', sorted.filter((value) => value < 0).length),
    row('skipped', 'ticks', skipped),
    row('drift', 'µs', median(lateness.slice(-part)) - median(lateness.slice(0, part))),
    row('cpu', '% of a core', cpuPercent),
  ]
}

/** The lateness of a C program on this machine: `clock_nanosleep` against an absolute schedule, at normal priority. */
async function cyclictest(seconds: number): Promise<Row[]> {
  const args = ['-t1', '-p0', '--policy=other', '-i100000', '--default-system', '-q', `-D${seconds}`, '-h20000']
  try {
    const { stdout } = await run('cyclictest', args, { maxBuffer: 1 << 26 })
    const sorted = [...stdout.matchAll(/^(\d{6}) (\d{6})$/gm)].flatMap(([, latency, count]) =>
      Array.from({ length: Number(count) }, () => Number(latency)),
    )
    const row = (metric: string, value: number): Row => {
      return {
        bench: 'lateness',
        case: 'idle',
        contender: 'cyclictest (C)',
        n: sorted.length,
        metric,
        unit: 'µs',
        value,
      }
    }
    return [
      row('p50', percentile(sorted, 50)),
      row('p99', percentile(sorted, 99)),
      row('max', sorted.at(-1) ?? Number.NaN),
    ]
  } catch {
    process.stderr.write('cyclictest is not installed (Debian: package rt-tests): its rows are left out\n')
    return []
  }
}
