/** Runs contenders in turns and takes the median round of each. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { percentile, type Row } from '../report.js'

/** Ten days of uptime: the clock of a real process is no small integer. */
export const START = 864_000_000_000

/** Timed operations of a sample. */
export const OPERATIONS = 200_000

/** Appended to the name of the case. */
export type Order = '' | ' at random'

export type Contender<T> = new (timers: Int32Array) => T

/** Sets a contender up, warms it up and returns the nanoseconds that one operation takes. */
export type Sample<T> = (contender: Contender<T>) => number

setFlagsFromString('--expose-gc')
export const collectGarbage: () => void = runInNewContext('gc')

const keptAlive: unknown[] = []

export function compare<T>(
  contenders: Record<string, Contender<T>>,
  title: string,
  n: number,
  rounds: number,
  sample: Sample<T>,
): Row[] {
  const names = Object.keys(contenders)
  const costs = names.map((): number[] => [])
  // V8 discards the compiled code of a class when its last instance is collected.
  keptAlive.push(...names.map((name) => new contenders[name]!(Int32Array.of(1))))
  for (let round = 0; round < rounds; round++) {
    for (const [at, name] of names.entries()) {
      // No contender pays for the garbage of the one before.
      collectGarbage()
      costs[at]!.push(sample(contenders[name]!))
    }
  }
  return names.flatMap((contender, at) => {
    const sorted = costs[at]!.toSorted((a, b) => a - b)
    const row = { bench: 'wheel', case: title, contender, n }
    return [
      ...costRows(row, percentile(sorted, 50)),
      { ...row, metric: 'cost, slowest round', unit: 'ns/op', value: percentile(sorted, 100) },
    ]
  })
}

export function costRows(row: Pick<Row, 'bench' | 'case' | 'contender' | 'n'>, cost: number): Row[] {
  return [
    { ...row, metric: 'throughput', unit: 'ops/s', value: 1e9 / cost },
    { ...row, metric: 'cost', unit: 'ns/op', value: cost },
  ]
}

export function nanoseconds(work: () => unknown): number {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start)
}

/** The same numbers in every run (xorshift32). */
export function randomIntegers(length: number, max: number): Int32Array {
  let state = 2_463_534_242
  return Int32Array.from({ length }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % max
  })
}
