/**
 * What the comparison has measured: `docs/benchmarks.json`, from which the page is written.
 *
 * Each part was measured in one run, and each has its own date, command and machine facts, because parts can be measured one by one.
 */

import type { Ratio } from '../ratio.js'
import type { MachineFacts } from '../report.js'

export interface Results {
  /** By name, in the order in which the page shows them. */
  readonly parts: Readonly<Record<string, PartResult>>
}

export interface PartResult {
  readonly title: string
  readonly description: string
  /** ISO 8601, UTC. */
  readonly measuredAt: string
  /** What to type to measure this part again. */
  readonly command: string
  readonly tookSeconds: number
  /** Times that each contender was measured. */
  readonly blocks: number
  /** How long each time; absent where a block ends when its work is done. */
  readonly blockSeconds?: number
  /** Why no claim may be made from this result: fewer or shorter blocks than the full size has. Absent at full size. */
  readonly cut?: string
  readonly machine: MachineFacts
  /** How many cores other programs kept busy just before the start; absent where it is not known. */
  readonly busyAtStart?: number
  /** Exact versions of the packages that were measured. */
  readonly versions: Readonly<Record<string, string>>
  readonly cases: readonly CaseResult[]
  /** Contenders that were not measured. */
  readonly absent: readonly Absence[]
  readonly notMeasured: readonly string[]
}

export interface CaseResult {
  /** Cases of one group share a table and a plot, and differ by `n`. */
  readonly group: string
  /** Number of timers or entrypoints. */
  readonly n?: number
  readonly metrics: readonly Metric[]
  /** The first one is what the others are compared with. */
  readonly contenders: readonly ContenderResult[]
}

export interface Metric {
  readonly name: string
  readonly unit: string
  /** `none`: neither more nor less is better. */
  readonly better: 'less' | 'more' | 'none'
  /** Whether the first contender has a ratio to each other one. */
  readonly isCompared: boolean
  /** Whether it is drawn. */
  readonly isDrawn: boolean
}

export interface ContenderResult {
  readonly name: string
  readonly isOurs: boolean
  /** What a reader must know to judge the numbers. */
  readonly note?: string
  readonly blocks: number
  readonly samples: number
  /** By the name of the metric; a metric that the contender cannot have is absent. */
  readonly values: Readonly<Record<string, number>>
  /** What the first contender has, by what this one has. */
  readonly ratios: Readonly<Record<string, Ratio>>
}

export interface Absence {
  readonly case: string
  readonly contender: string
  readonly reason: string
}

export const NO_RESULTS: Results = { parts: {} }

/** Puts the result of one part in place of its last one. Parts stay in the order of `names`; one that is no longer known is dropped. */
export function withPart(results: Results, name: string, part: PartResult, names: readonly string[]): Results {
  const parts: Record<string, PartResult> = { ...results.parts, [name]: part }
  return { parts: Object.fromEntries(names.flatMap((each) => (parts[each] ? [[each, parts[each]]] : []))) }
}
