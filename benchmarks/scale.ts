/**
 * How cost and lateness grow with the number of entrypoints and of timers: `npm run bench -- scale`.
 *
 * - entrypoints of 100 ms: as one service on one thread, spread over the interval or not; as services of ten on four shared
 *   pools; as services on threads of their own. The baseline is bare Workers, as many as there are threads, with a
 *   `setInterval` for each entrypoint.
 * - parked timers, due in a day: in the scheduler, and as `setInterval`; alone, where each wake-up is wasted, and beside one
 *   timer of 100 ms.
 * - the engine with nothing but far timers: wake-ups a second of the whole process.
 *
 * Each measurement is a process of its own; contenders take turns.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import { percentile, type Row } from './report.js'

const run = promisify(execFile)

/** As in scale/shapes.mjs. */
const SHAPES = ['one service', 'one service, spread', 'four shared pools', 'own threads']

export const INTERVAL_MS = 100
const COUNTS = { quick: [1, 100], full: [1, 10, 100, 1_000] }
const PARKED = { quick: [1, 100_000], full: [1, 1_000, 100_000, 1_000_000] }
/** More threads than this are not for one process. */
const MAX_THREADS = 100

/** What each program prints; a program leaves out what it cannot measure. */
export interface Measured {
  readonly lateness: readonly number[]
  readonly readyMs: number
  readonly cpuPercent: number
  readonly rssMegabytes: number
  readonly wakeUpsPerSecond: number
  readonly addedMegabytes?: number
  readonly skipped?: number
  readonly scrapeMs?: number
  readonly scrapeBytes?: number
}

type Report = (measured: Measured) => readonly (readonly [metric: string, unit: string, value: number])[]

export async function scale({ quick, seconds }: BenchOptions): Promise<Row[]> {
  const length = seconds ?? (quick ? 2 : 10)
  const rows: Row[] = []
  for (const shape of SHAPES) {
    for (const count of quick ? COUNTS.quick : COUNTS.full) {
      if (shape === 'own threads' && count > MAX_THREADS) continue
      const name = `entrypoints of ${INTERVAL_MS} ms, ${shape}`
      rows.push(
        ...rowsOf(name, 'escapement', count, await measureEntrypoints('engine', shape, count, length), withEngine),
      )
      rows.push(
        ...rowsOf(
          name,
          'bare Workers',
          count,
          await measureEntrypoints('baseline', shape, count, length),
          withLateness,
        ),
      )
    }
  }
  for (const beat of ['alone', 'beat'] as const) {
    for (const count of quick ? PARKED.quick : PARKED.full) {
      for (const contender of ['scheduler', 'setInterval'] as const) {
        const measured = await measureParked(contender, count, length, beat)
        const name = beat === 'beat' ? 'parked timers beside one of 100 ms' : 'parked timers alone'
        rows.push(...rowsOf(name, contender, count, measured, beat === 'beat' ? withParkedBeat : withParked))
      }
    }
  }
  const env = { SCALE_SHAPE: 'one service', SCALE_COUNT: '100', SCALE_INTERVAL: '1d' }
  const far = await program('engine.mjs', [String(length), '1'], env)
  rows.push(...rowsOf('the engine with far timers only', 'escapement', 100, far, processOf))
  return rows
}

/** Entrypoints of one of the {@link SHAPES}, on the engine or on bare Workers. */
export function measureEntrypoints(
  contender: 'engine' | 'baseline',
  shape: string,
  count: number,
  seconds: number,
): Promise<Measured> {
  const capacity = Math.ceil((count * (seconds + 10) * 1_000) / INTERVAL_MS)
  return program(`${contender}.mjs`, [String(seconds), String(capacity)], {
    SCALE_SHAPE: shape,
    SCALE_COUNT: String(count),
    SCALE_INTERVAL: `${INTERVAL_MS}ms`,
    SCALE_INTERVAL_MS: String(INTERVAL_MS),
  })
}

/** Timers that are due in a day, alone or beside one of 100 ms. */
export function measureParked(
  contender: 'scheduler' | 'setInterval',
  count: number,
  seconds: number,
  beside: 'alone' | 'beat',
): Promise<Measured> {
  return program('parked.mjs', [contender, String(count), String(seconds), beside])
}

const processOf: Report = ({ cpuPercent, rssMegabytes, wakeUpsPerSecond }) => [
  ['cpu', '% of a core', cpuPercent],
  ['RSS', 'MB', rssMegabytes],
  ['wake-ups', '1/s', wakeUpsPerSecond],
]

const withLateness: Report = (measured) => {
  const sorted = measured.lateness.map(Math.abs).sort((a, b) => a - b)
  return [
    ['ready', 'ms', measured.readyMs],
    ...processOf(measured),
    ['p50', 'µs', percentile(sorted, 50)],
    ['p99', 'µs', percentile(sorted, 99)],
    ['max', 'µs', percentile(sorted, 100)],
    ['early', 'starts', measured.lateness.filter((value) => value < 0).length],
  ]
}

const withEngine: Report = (measured) => [
  ...withLateness(measured),
  ['skipped', 'ticks', measured.skipped ?? Number.NaN],
  ['scrape', 'ms', measured.scrapeMs ?? Number.NaN],
  ['scrape', 'kB', (measured.scrapeBytes ?? Number.NaN) / 1_000],
]

const withParked: Report = (measured) => [
  ['armed in', 'ms', measured.readyMs],
  ['added memory', 'MB', measured.addedMegabytes ?? Number.NaN],
  ...processOf(measured),
]

const withParkedBeat: Report = (measured) => [...withParked(measured), ...withLateness(measured).slice(-4)]

function rowsOf(name: string, contender: string, n: number, measured: Measured, report: Report): Row[] {
  return report(measured).map(([metric, unit, value]) => {
    return { bench: 'scale', case: name, contender, n, metric, unit, value }
  })
}

async function program(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<Measured> {
  const path = fileURLToPath(new URL(`scale/${file}`, import.meta.url))
  const { stdout } = await run(process.execPath, [path, ...args], {
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  })
  return JSON.parse(stdout)
}
