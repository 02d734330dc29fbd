/**
 * Measures the time from the exit of a killed thread to the next run of its service. Every second run of the job hangs and is
 * killed at its time-out; the next tick waits for the new thread (`overlap: 'wait'`). Also measures how late the ticks of a
 * neighbouring service are meanwhile, compared with the same neighbour beside a job that does not hang.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import { percentile, type Row } from './report.js'

const run = promisify(execFile)

interface Measured {
  /** From the exit of a killed thread to the next start, in milliseconds. */
  readonly startedAfter: readonly number[]
  /** Lateness of the neighbour's ticks, in microseconds. */
  readonly neighbour: readonly number[]
  /** Number of the neighbour's ticks that were skipped. */
  readonly skipped: number
}

export async function recovery({ quick }: BenchOptions): Promise<Row[]> {
  const kills = quick ? 5 : 20
  const rows: Row[] = []
  for (const [contender, ...args] of [
    ['no hang', 'plain', String(kills), 'calm'],
    ['new thread', 'plain', String(kills)],
    ['standby', 'standby', String(kills)],
  ] as const) {
    const path = fileURLToPath(new URL('recovery/engine.mjs', import.meta.url))
    const { stdout } = await run(process.execPath, [path, ...args], { maxBuffer: 1 << 26 })
    const { startedAfter, neighbour, skipped }: Measured = JSON.parse(stdout)
    const row = (part: string, n: number, metric: string, unit: string, value: number): Row => {
      return { bench: 'recovery', case: part, contender, n, metric, unit, value }
    }
    const after = startedAfter.toSorted((a, b) => a - b)
    const late = neighbour.toSorted((a, b) => a - b)
    if (after.length > 0) {
      rows.push(
        row('kill to next start', after.length, 'p50', 'ms', percentile(after, 50)),
        row('kill to next start', after.length, 'max', 'ms', percentile(after, 100)),
      )
    }
    rows.push(
      row("neighbour's lateness", late.length, 'p50', 'µs', percentile(late, 50)),
      row("neighbour's lateness", late.length, 'p99', 'µs', percentile(late, 99)),
      row("neighbour's lateness", late.length, 'skipped', 'ticks', skipped),
    )
  }
  return rows
}
