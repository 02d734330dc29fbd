/**
 * Measures how many no-op runs per second one thread gets: through the whole engine (wheel, decision, ledger, metrics, log),
 * and by bare `piscina.run` with the same number of tasks in flight.
 *
 * The engine's timers tick every 8 ms. A tick that the engine cannot take is skipped, which costs time too. So the engine is
 * offered several fractions of the throughput of bare Piscina, and the fraction with the most runs counts. Bare Piscina is
 * measured with its defaults and with `atomics: 'async'`, which the engine uses; its tasks have no payload. Each contender
 * has its own process, rounds alternate, and the results are medians.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'
import { atPercent } from './statistics.js'

const run = promisify(execFile)

/** Must equal the interval in dispatch/service.mjs. */
const INTERVAL_SECONDS = 0.008

/** Offered load, as fractions of the throughput of bare Piscina. */
export const OFFERED_LOADS = [0.8, 1, 1.2, 1.5, 2]

export interface Measured {
  readonly runs: number
  readonly perSecond: number
  readonly mainMicrosPerRun: number
}

export async function dispatch({ quick, seconds }: BenchOptions): Promise<Row[]> {
  const length = seconds ?? (quick ? 2 : 5)
  const { lanes } = await measurePiscina(length)
  const contenders: Record<string, () => Promise<Measured>> = {
    'piscina.run': () => program('piscina.mjs', [String(length), String(lanes), 'sync']),
    'piscina.run, atomics async': () => program('piscina.mjs', [String(length), String(lanes), 'async']),
    ...Object.fromEntries(
      OFFERED_LOADS.map((part) => [
        `escapement, offered ${part}`,
        () => measureEngine(length, Math.ceil(part * lanes)),
      ]),
    ),
  }
  const measured = new Map(Object.keys(contenders).map((name): [string, Measured[]] => [name, []]))
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const [name, measure] of Object.entries(contenders)) measured.get(name)!.push(await measure())
  }
  const medianOf = (name: string, pick: (result: Measured) => number) => atPercent(50).of(measured.get(name)!.map(pick))
  const baseline = medianOf('piscina.run', ({ perSecond }) => perSecond)
  // The engine's result is the one at the offered load with the most runs.
  const best = OFFERED_LOADS.map((part) => `escapement, offered ${part}`).sort(
    (a, b) => medianOf(b, (result) => result.perSecond) - medianOf(a, (result) => result.perSecond),
  )[0]!
  measured.set('escapement', measured.get(best)!)
  return [...measured].flatMap(([contender, results]): Row[] => {
    const n = results.reduce((sum, { runs }) => sum + runs, 0)
    const row = (metric: string, unit: string, value: number): Row => {
      return { bench: 'dispatch', case: `no-op, ${lanes} in flight`, contender, n, metric, unit, value }
    }
    const perSecond = medianOf(contender, (result) => result.perSecond)
    return [
      row('throughput', 'runs/s', perSecond),
      row('of piscina.run', 'ratio', perSecond / baseline),
      row(
        'main thread',
        'µs/run',
        medianOf(contender, (result) => result.mainMicrosPerRun),
      ),
    ]
  })
}

/** Bare Piscina, and how many timers have together as many ticks as it has runs. */
export async function measurePiscina(seconds: number): Promise<Measured & { lanes: number }> {
  const measured = await program('piscina.mjs', [String(seconds), '1000', 'sync'])
  return { ...measured, lanes: Math.ceil(measured.perSecond * INTERVAL_SECONDS) }
}

/** The engine with as many timers. */
export function measureEngine(seconds: number, lanes: number): Promise<Measured> {
  return program('engine.mjs', [String(seconds)], { DISPATCH_LANES: String(lanes) })
}

async function program(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<Measured> {
  const path = fileURLToPath(new URL(`dispatch/${file}`, import.meta.url))
  const { stdout } = await run(process.execPath, [path, ...args], { env: { ...process.env, ...env } })
  return JSON.parse(stdout)
}
