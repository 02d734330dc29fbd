/**
 * What it costs the schedule to be looked at: 100 entrypoints at 10 Hz, in processes that take turns:
 *
 * - `nobody`: nobody looks.
 * - `watched`: another process has opened the event stream and never reads from it, and scrapes /metrics once a second.
 * - `dashboard`: the same, and the dashboard is open in Debian's Chromium.
 * - `watched, burnt` and `dashboard, burnt`: nobody looks, but other processes use as much processor time as looking took on the admin
 *   thread and in the clients, with the same niceness.
 *
 * The utilisation of the main thread's event loop is measured by the clock, so it also rises when the thread waits for a core. So there
 * are two more columns, which the kernel counts: the time of the main thread on a core, and the time that it waited for one. What a
 * side has more than its burnt twin is due to Escapement; the rest is due to the machine.
 */
import { join } from 'node:path'
import { findServer } from '../test/support/servers/find-server.js'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'
import { atPercent, mean, sum } from './statistics.js'
import { type Block, type Comparison, differenceRows, measureProgram, PROGRAMS, takeTurns, valueRows } from './turns.js'

/** Those of which differences are told. */
const MAIN_THREAD: readonly Comparison[] = [
  { name: 'main thread busy', unit: '%', key: 'mainBusyPercent', statistic: mean },
  { name: 'main thread on a core', unit: '%', key: 'mainCpuPercent', statistic: mean },
  { name: 'main thread waits for a core', unit: '%', key: 'mainWaitPercent', statistic: mean },
]
const COMPARISONS: readonly Comparison[] = [
  { name: 'p50', unit: 'µs', key: 'lateness', statistic: atPercent(50) },
  { name: 'p95', unit: 'µs', key: 'lateness', statistic: atPercent(95) },
  { name: 'p99', unit: 'µs', key: 'lateness', statistic: atPercent(99) },
  { name: 'skipped', unit: 'ticks', key: 'skipped', statistic: sum },
  ...MAIN_THREAD,
  { name: 'admin thread', unit: '% of a core', key: 'adminCpuPercent', statistic: mean },
  { name: 'process', unit: '% of a core', key: 'cpuPercent', statistic: mean },
  { name: 'clients', unit: '% of a core', key: 'clientsCpuPercent', statistic: mean },
]
const LOOKS: readonly Comparison[] = [
  { name: 'scrape', unit: 'ms', key: 'scrapeMs', statistic: atPercent(50) },
  { name: 'readers dropped', unit: '', key: 'readersDropped', statistic: sum },
]

export async function observers({ quick, seconds, blocks }: BenchOptions): Promise<Row[]> {
  const length = seconds ?? (quick ? 4 : 20)
  const rounds = blocks ?? (quick ? 2 : 10)
  const chromium = await findServer('chromium')
  const measure = (side: string, env: Record<string, string> = {}) =>
    measureProgram(join(PROGRAMS, 'observers/engine.mjs'), [length, side], env)
  const looks: Record<string, () => Promise<Block>> = {
    watched: () => measure('watched'),
    ...(chromium !== undefined && { dashboard: () => measure('dashboard', { OBSERVERS_CHROMIUM: chromium }) }),
  }
  const sides: Record<string, () => Promise<Block>> = { nobody: () => measure('nobody'), ...looks }
  // Measured once beforehand, to know how much is to be burnt.
  const nobody = await measure('nobody')
  for (const [name, look] of Object.entries(looks)) {
    const burnt = burntLike(await look(), nobody)
    sides[twinOf(name)] = () => measure('burnt', burnt)
  }
  const measured = await takeTurns(sides, rounds)
  const bench = `observers, ${rounds} blocks of ${length} s`
  const values = Object.entries(measured).flatMap(([side, found]) =>
    valueRows(
      { bench, case: '100 entrypoints at 10 Hz' },
      side,
      side in looks ? [...COMPARISONS, ...LOOKS] : COMPARISONS,
      found,
    ),
  )
  const pairs = Object.keys(looks).flatMap((name): (readonly [string, string])[] => [
    [name, 'nobody'],
    [twinOf(name), 'nobody'],
    [name, twinOf(name)],
  ])
  const differences = MAIN_THREAD.flatMap((one) => pairs.flatMap((pair) => differenceRows(bench, one, measured, pair)))
  return [...values, ...differences]
}

function twinOf(look: string): string {
  return `${look}, burnt`
}

/** Milliseconds of processor time ten times a second: the share of a core in percent. */
function burntLike(looked: Block, nobody: Block): Record<string, string> {
  const more = (key: string) => Math.max(0, looked[key]![0]! - nobody[key]![0]!)
  const nice = more('adminCpuPercent')
  // Threads of V8 and of libuv work for the admin thread, too.
  const others = Math.max(0, more('cpuPercent') - nice - more('mainCpuPercent'))
  return { OBSERVERS_NICE_MS: String(nice), OBSERVERS_OTHER_MS: String(others + looked.clientsCpuPercent![0]!) }
}
