/**
 * Measures a call from one service to another: from its thread to the main thread, to the other thread, and back the same way.
 * The comparison is bare `piscina.run` with the same value, which takes two hops instead of four and does not route, time out,
 * cancel or count calls.
 *
 * `idle`: one call every two milliseconds, so that every thread sleeps when the call arrives. `one after another`: no pause.
 * Throughput is measured with 64 calls in flight. Each contender has its own process.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import { percentile, type Row } from './report.js'

const run = promisify(execFile)

interface Measured {
  /** Round trips in microseconds. */
  readonly idle: readonly number[]
  readonly busy: readonly number[]
  readonly perSecond: number
}

export async function rpc({ quick, seconds }: BenchOptions): Promise<Row[]> {
  const length = String(seconds ?? (quick ? 2 : 5))
  const count = String(quick ? 1_000 : 5_000)
  const rows: Row[] = []
  for (const [contender, program, ...args] of [
    ['escapement', 'engine.mjs'],
    ['piscina.run', 'piscina.mjs', 'sync'],
    ['piscina.run, atomics async', 'piscina.mjs', 'async'],
  ] as const) {
    const path = fileURLToPath(new URL(`rpc/${program}`, import.meta.url))
    const { stdout } = await run(process.execPath, [path, length, count, ...args], { maxBuffer: 1 << 26 })
    const { idle, busy, perSecond }: Measured = JSON.parse(stdout)
    for (const [name, micros] of [
      ['round trip, idle', idle],
      ['round trip, one after another', busy],
    ] as const) {
      const sorted = micros.toSorted((a, b) => a - b)
      for (const p of [50, 99]) {
        const value = percentile(sorted, p)
        rows.push({ bench: 'rpc', case: name, contender, n: sorted.length, metric: `p${p}`, unit: 'µs', value })
      }
    }
    const throughput = { n: 64, metric: 'calls', unit: '1/s', value: perSecond }
    rows.push({ bench: 'rpc', case: '64 in flight', contender, ...throughput })
  }
  return rows
}
