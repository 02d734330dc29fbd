/**
 * Traces where the time goes between the alarm of the scheduler and the method, for a 100 ms timer whose ticks are handed over
 * early: idle, beside one thread that keeps a core busy, and with every core kept busy.
 *
 * For each tick that started more than 100 µs late, the stage with the largest excess over its own median is named: the last
 * row of each stage says of how many late ticks it was that one.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'
import { atPercent } from './statistics.js'

const run = promisify(execFile)

/** Later than this is late, in microseconds. */
const LATE = 100

/** One tick, in microseconds, in the order in which stages/engine.mjs prints it. */
interface TracedTick {
  readonly alarm: number
  readonly woken: number
  readonly sending: number
  readonly sent: number
  readonly received: number
  readonly atGate: number
  readonly awake: number
  readonly rehearsed: number
  readonly started: number
  readonly due: number
}

/** What each stage took of a tick, in microseconds. */
const STAGES: Readonly<Record<string, (tick: TracedTick) => number>> = {
  'main wake-up': ({ alarm, woken }) => woken - alarm,
  dispatch: ({ woken, sending }) => sending - woken,
  request: ({ sending, sent }) => sent - sending,
  'hand-over': ({ sent, received }) => received - sent,
  'handler to gate': ({ received, atGate }) => atGate - received,
  // What of the wake-up lies after the due moment. How early the gate meant to wake up is no delay.
  'gate wake-up': ({ awake, atGate, due }) => Math.max(0, awake - Math.max(due, atGate)),
  rehearsal: ({ awake, rehearsed }) => rehearsed - awake,
  'gate to method': ({ rehearsed, due, started }) => started - Math.max(rehearsed, due),
}

export async function stages({ quick, seconds }: BenchOptions): Promise<Row[]> {
  const length = seconds ?? (quick ? 5 : 40)
  const rows: Row[] = []
  for (const place of ['idle', 'neighbour', 'burning']) rows.push(...rowsOf(place, await trace(length, place)))
  return rows
}

async function trace(seconds: number, place: string): Promise<TracedTick[]> {
  const path = fileURLToPath(new URL('stages/engine.mjs', import.meta.url))
  const { stdout } = await run(process.execPath, [path, String(seconds), place], { maxBuffer: 1 << 26 })
  const { ticks }: { ticks: number[][] } = JSON.parse(stdout)
  return ticks.map(([alarm, woken, sending, sent, received, atGate, awake, rehearsed, started, due]) => {
    return { alarm, woken, sending, sent, received, atGate, awake, rehearsed, started, due } as TracedTick
  })
}

function rowsOf(place: string, traced: readonly TracedTick[]): Row[] {
  // A tick that reached its thread too late for the gate has no stages there: those it shows are of the tick before.
  const ticks = traced.map((tick) =>
    tick.awake < tick.atGate ? { ...tick, awake: tick.atGate, rehearsed: tick.atGate } : tick,
  )
  const row = (contender: string, metric: string, unit: string, value: number): Row => {
    return { bench: 'stages', case: place, contender, n: ticks.length, metric, unit, value }
  }
  const medians = new Map(Object.entries(STAGES).map(([name, of]) => [name, at(50, ticks.map(of))]))
  const late = ticks.filter(({ started, due }) => started - due > LATE)
  const culprits = late.map((tick) => largestExcess(tick, medians))
  const stageRows = Object.entries(STAGES).flatMap(([name, of]) => [
    row(name, 'p50', 'µs', medians.get(name)!),
    row(name, 'p99', 'µs', at(99, ticks.map(of))),
    row(name, `largest excess of ${late.length} late`, 'ticks', culprits.filter((culprit) => culprit === name).length),
  ])
  const lateness = ticks.map(({ started, due }) => started - due)
  return [...stageRows, row('lateness', 'p50', 'µs', at(50, lateness)), row('lateness', 'p99', 'µs', at(99, lateness))]
}

function largestExcess(tick: TracedTick, medians: ReadonlyMap<string, number>): string {
  const excess = Object.entries(STAGES).map(([name, of]): [string, number] => [name, of(tick) - medians.get(name)!])
  return excess.reduce((worst, stage) => (stage[1] > worst[1] ? stage : worst))[0]
}

function at(percent: number, values: readonly number[]): number {
  return atPercent(percent).of(values)
}
