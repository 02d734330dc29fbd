/**
 * What scrapes cost the schedule: a 50 ms timer on a thread of its own beside 1,000 timers of one second, in three processes that
 * take turns:
 *
 * - `quiet`: nobody scrapes.
 * - `scraped`: another process reads /metrics ten times a second.
 * - `burnt`: nobody scrapes, but other processes use as much processor time as the scrapes did, in as many pieces and with the same
 *   niceness. What is late here is late because the machine is busy, not because of the scrapes.
 */
import { join } from 'node:path'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'
import { atPercent, mean, sum } from './statistics.js'
import {
  type Block,
  type Comparison,
  differenceRows,
  measureProgram,
  PROGRAMS,
  ratioRows,
  takeTurns,
  valueRows,
} from './turns.js'

const P95: Comparison = { name: 'p95', unit: 'µs', key: 'lateness', statistic: atPercent(95) }
/** The utilisation of the event loop also rises when the thread waits for a core; what the kernel counts does not. */
const MAIN_THREAD: readonly Comparison[] = [
  { name: 'main thread busy', unit: '%', key: 'mainBusyPercent', statistic: mean },
  { name: 'main thread on a core', unit: '%', key: 'mainCpuPercent', statistic: mean },
  { name: 'main thread waits for a core', unit: '%', key: 'mainWaitPercent', statistic: mean },
]

const COMPARISONS: readonly Comparison[] = [
  { name: 'p50', unit: 'µs', key: 'lateness', statistic: atPercent(50) },
  P95,
  { name: 'p99', unit: 'µs', key: 'lateness', statistic: atPercent(99) },
  { name: 'skipped', unit: 'ticks', key: 'skipped', statistic: sum },
  ...MAIN_THREAD,
  { name: 'admin thread', unit: '% of a core', key: 'adminCpuPercent', statistic: mean },
  { name: 'cpu', unit: '% of a core', key: 'cpuPercent', statistic: atPercent(50) },
]
const SCRAPES: readonly Comparison[] = [
  { name: 'scrapes', unit: '1/s', key: 'scrapesPerSecond', statistic: atPercent(50) },
  { name: 'scrape', unit: 'ms', key: 'scrapeMs', statistic: atPercent(50) },
]

const PAIRS = [
  ['scraped', 'quiet'],
  ['burnt', 'quiet'],
  ['scraped', 'burnt'],
] as const

export async function scrape({ quick, seconds, blocks }: BenchOptions): Promise<Row[]> {
  const length = seconds ?? (quick ? 4 : 20)
  const rounds = blocks ?? (quick ? 2 : 10)
  const measure = (mode: string, env?: Record<string, string>) =>
    measureProgram(join(PROGRAMS, 'scrape/engine.mjs'), [length, mode], env)
  // The processor time of the scrapes is that of both sides of the connection.
  const [quiet, scraped] = [await measure('quiet'), await measure('scraped')]
  const burnt = {
    SCRAPE_NICE_MS: String(perScrape(scraped.cpuPercent![0]! - quiet.cpuPercent![0]!)),
    SCRAPE_READER_MS: String(perScrape(scraped.readerCpuPercent![0]!)),
  }
  const measured = await takeTurns(
    { quiet: () => measure('quiet'), scraped: () => measure('scraped'), burnt: () => measure('burnt', burnt) },
    rounds,
  )
  const of = { bench: `scrape, ${rounds} blocks of ${length} s`, case: 'a 50 ms timer beside 1,000 timers of 1 s' }
  const rows = Object.entries(measured).flatMap(([mode, blocks]: [string, Block[]]) =>
    valueRows(of, mode, [...COMPARISONS, ...(mode === 'scraped' ? SCRAPES : [])], blocks),
  )
  return [
    ...rows,
    ...ratioRows({ ...of, case: 'scraped by burnt' }, P95, measured.scraped, measured.burnt),
    ...MAIN_THREAD.flatMap((one) => PAIRS.flatMap((pair) => differenceRows(of.bench, one, measured, pair))),
  ]
}

/** Milliseconds of processor time of one scrape. With ten scrapes a second that is the share of a core in percent. */
function perScrape(cpuPercent: number): number {
  return Math.max(0, cpuPercent)
}
