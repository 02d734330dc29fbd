/**
 * What services that send a lot of data cost a service of 50 ms that has nothing to do with them: its skipped ticks and its
 * lateness, beside errors with fields of 5 MB, and beside rpc results of 300,000 objects, each once a second. Each case has its
 * own process.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import { percentile, type Row } from './report.js'

const run = promisify(execFile)

interface Measured {
  /** Of each run of the service of 50 ms. Unit: microseconds. */
  readonly lateness: readonly number[]
  readonly skipped: number
  /** Number of runs by entrypoint and outcome. */
  readonly outcomes: Readonly<Record<string, number>>
}

/** The modules beside the service of 50 ms, and the runs that show that data was sent. */
const CASES = [
  { contender: 'alone', modules: [], sends: 'beat.tick completed' },
  { contender: 'errors of 5 MB', modules: ['errors'], sends: 'thrower.tick failed' },
  { contender: 'results of 300,000 objects', modules: ['results'], sends: 'taker.tick completed' },
]

export async function traffic({ quick, seconds = quick ? 3 : 10 }: BenchOptions): Promise<Row[]> {
  const engine = fileURLToPath(new URL('traffic/engine.mjs', import.meta.url))
  const rows: Row[] = []
  for (const { contender, modules, sends } of CASES) {
    const { stdout } = await run(process.execPath, [engine, String(seconds), 'beat', ...modules])
    const { lateness, skipped, outcomes }: Measured = JSON.parse(stdout)
    const sorted = lateness.toSorted((a, b) => a - b)
    const row = { bench: 'traffic', case: 'a service of 50 ms', contender, n: sorted.length }
    rows.push({ ...row, metric: 'skipped', unit: 'ticks', value: skipped })
    rows.push({ ...row, metric: 'runs that send', unit: 'runs', value: outcomes[sends] ?? 0 })
    for (const p of [50, 99, 100]) rows.push({ ...row, metric: `p${p}`, unit: 'µs', value: percentile(sorted, p) })
  }
  return rows
}
