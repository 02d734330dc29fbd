/**
 * Measures how late the ticks of 1,000 timers of one service start when all of them come due at the same moment, on one thread.
 *
 * `last start` is the lateness of the last tick of each herd: its values are of herds, the others of ticks.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'
import { atPercent } from './statistics.js'

const run = promisify(execFile)

interface Measured {
  /** In microseconds. */
  readonly lateness: readonly number[]
  /** Of each herd, in microseconds. */
  readonly lastStart: readonly number[]
  readonly skipped: number
}

export async function herd({ quick, seconds }: BenchOptions): Promise<Row[]> {
  const path = fileURLToPath(new URL('herd/engine.mjs', import.meta.url))
  const { stdout } = await run(process.execPath, [path, String(seconds ?? (quick ? 5 : 60))], { maxBuffer: 1 << 26 })
  const { lateness, lastStart, skipped }: Measured = JSON.parse(stdout)
  const row = (contender: string, values: readonly number[], percent: number): Row => {
    const value = atPercent(percent).of(values)
    const metric = percent === 100 ? 'max' : `p${percent}`
    return { bench: 'herd', case: '1,000 ticks due at once', contender, n: values.length, metric, unit: 'µs', value }
  }
  return [
    ...[50, 99, 100].map((percent) => row('every start', lateness, percent)),
    ...[50, 99, 100].map((percent) => row('last start', lastStart, percent)),
    { ...row('every start', lateness, 50), metric: 'skipped', unit: 'ticks', value: skipped },
  ]
}
