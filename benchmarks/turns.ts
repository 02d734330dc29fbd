/**
 * Contenders that take turns, so that a machine that becomes slower or busier does so for all of them.
 *
 * Each block of a contender is a process of its own, and the order within each round is random. Percentiles are of all samples
 * together; the ratio or difference of two contenders has an interval of 95 % (ratio.ts).
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { differenceOf, ratioOf } from './ratio.js'
import type { Row } from './report.js'
import type { Statistic } from './statistics.js'

const run = promisify(execFile)

/** The folder with the programs of this checkout. */
export const PROGRAMS = fileURLToPath(new URL('.', import.meta.url))

/** What one process measured: the samples under each key. */
export type Block = Readonly<Record<string, readonly number[]>>

export interface Comparison {
  readonly name: string
  readonly unit: string
  /** The programs' output has the samples under this key. */
  readonly key: string
  readonly statistic: Statistic
}

/** Measures each contender once in every round. */
export async function takeTurns<Name extends string>(
  contenders: Readonly<Record<Name, () => Promise<Block>>>,
  rounds: number,
): Promise<Record<Name, Block[]>> {
  const names = Object.keys(contenders) as Name[]
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Block[]>
  for (let round = 0; round < rounds; round++) {
    const order = names.map((name) => ({ name, at: Math.random() })).sort((a, b) => a.at - b.at)
    for (const { name } of order) measured[name].push(await contenders[name]())
  }
  return measured
}

/** Runs a program, which prints numbers and lists of numbers as JSON. Single numbers become lists of one. */
export async function measureProgram(
  path: string,
  args: readonly (string | number)[],
  env: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
): Promise<Block> {
  const { stdout } = await run(process.execPath, [...nodeOptions, path, ...args.map(String)], {
    maxBuffer: 1 << 26,
    env: { ...process.env, ...env },
  })
  const measured: Record<string, number | number[]> = JSON.parse(stdout)
  return Object.fromEntries(Object.entries(measured).map(([key, value]) => [key, [value].flat()]))
}

/** What a row says besides its contender and its value. */
export type RowOf = Pick<Row, 'bench' | 'case'>

/** One row for each comparison: the value of one contender. */
export function valueRows(of: RowOf, contender: string, comparisons: readonly Comparison[], blocks: Block[]): Row[] {
  return comparisons.map(({ name, unit, key, statistic }) => {
    const samples = blocks.flatMap((block) => block[key] ?? [])
    const n = blocks.flatMap((block) => Object.values(block)[0]!).length
    return { ...of, contender, n, metric: name, unit, value: statistic.of(samples) }
  })
}

/** How many times as much the first has as the second, and the interval. */
export function ratioRows(of: RowOf, { name, key, statistic }: Comparison, first: Block[], second: Block[]): Row[] {
  const [ours, theirs] = [first, second].map((blocks) => blocks.map((block) => block[key]!))
  const { ratio, low, high } = ratioOf(ours!, theirs!, statistic)
  const row = (metric: string, value: number): Row => {
    return { ...of, contender: name, n: ours!.flat().length, metric, unit: '', value }
  }
  return [row('ratio', ratio), row('from', low), row('to', high)]
}

/** How much more `first` has than `second`, and the interval: a case of its own. Both are names of `measured`. */
export function differenceRows(
  bench: string,
  { name, unit, key, statistic }: Comparison,
  measured: Readonly<Record<string, Block[]>>,
  [first, second]: readonly [first: string, second: string],
): Row[] {
  const [ours, theirs] = [first, second].map((side) => measured[side]!.map((block) => block[key]!))
  const { difference, low, high } = differenceOf(ours!, theirs!, statistic)
  const of = { bench, case: `${name}, difference`, contender: `${first} minus ${second}`, n: ours!.length }
  const row = (metric: string, value: number): Row => ({ ...of, metric, unit: unit === '%' ? 'points' : unit, value })
  return [row('difference', difference), row('from', low), row('to', high)]
}
