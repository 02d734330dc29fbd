/**
 * The rows that a benchmark returns, by which two commits can be compared, and the table that shows them.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, type } from 'node:os'
import Table from 'cli-table3'
import { groupBy } from '../test/faults/support/group-by.js'

/** One measured value. */
export interface Row {
  readonly bench: string
  readonly case: string
  readonly contender: string
  /** Number of timers, ticks or samples that were measured. */
  readonly n: number
  readonly metric: string
  readonly unit: string
  readonly value: number
}

/** Facts about the machine on which the results depend. */
export interface MachineFacts {
  readonly node: string
  readonly v8: string
  readonly cpu: string
  readonly cores: number
  readonly kernel: string
  /** How late the kernel may wake this thread, in nanoseconds; undefined where it is unknown (not Linux). */
  readonly timerSlackNs: number | undefined
}

export function machineFacts(): MachineFacts {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    kernel: `${type()} ${release()}`,
    timerSlackNs: timerSlack(),
  }
}

function timerSlack(): number | undefined {
  try {
    return Number(readFileSync('/proc/self/timerslack_ns', 'utf8'))
  } catch {
    return undefined
  }
}

/** Formats the facts as one line to print above the tables. */
export function describeMachine(facts: MachineFacts = machineFacts()): string {
  const { node, v8, cpu, cores, kernel, timerSlackNs } = facts
  const slack = timerSlackNs === undefined ? 'timer slack unknown' : `timer slack ${timerSlackNs} ns`
  return `Node ${node} (V8 ${v8}), ${cores} x ${cpu}, ${kernel}, ${slack}`
}

/**
 * The value that `p` percent of the samples do not exceed (nearest rank): 50 is the median, 100 the maximum.
 *
 * @param sorted samples in ascending order; without samples the result is NaN.
 */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  return sorted[rankOf(p, sorted.length) - 1] ?? Number.NaN
}

/** Which of `size` sorted samples that value is: 1 is the first. */
export function rankOf(p: number, size: number): number {
  return Math.max(1, Math.ceil((p / 100) * size))
}

/** Prints one table for each case, with a line for each contender and size, and a column for each metric. */
export function printTable(rows: readonly Row[]): void {
  for (const [title, ofCase] of groupBy(rows, (row) => `${row.bench}: ${row.case}`)) {
    const columns = [...new Set(ofCase.map(columnOf))]
    const table = new Table({
      head: ['n', 'contender', ...columns],
      colAligns: ['right', 'left', ...columns.map(() => 'right' as const)],
      style: { head: [], border: [], compact: true },
    })
    for (const line of groupBy(ofCase, (row) => `${row.n} ${row.contender}`).values()) {
      const values = new Map(line.map((row) => [columnOf(row), format(row.value)]))
      const [{ n, contender }] = line as [Row]
      table.push([n.toLocaleString('en'), contender, ...columns.map((column) => values.get(column) ?? '')])
    }
    console.log(`\n${title}\n${table}`)
  }
}

function columnOf(row: Row): string {
  return `${row.metric} (${row.unit})`
}

/** A value with three significant digits and separated thousands. */
export function format(value: number): string {
  return value.toLocaleString('en', value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 })
}
