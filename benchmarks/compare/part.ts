/** One part of the comparison: cases that are measured in one run. */
import type { Case } from './case.js'

export interface Part {
  readonly title: string
  /** What is measured and how, for the page. */
  readonly description: string
  /** Packages whose versions matter. Those that are not in benchmarks/compare/package.json are the product's own. */
  readonly packages: readonly string[]
  /** How often each contender is measured at full size. */
  readonly blocks: number
  /** How long each time, at full size; absent where a block ends when its work is done. */
  readonly blockSeconds?: number
  readonly notMeasured: readonly string[]
  /** Measured only when it is named. */
  readonly isOptional?: boolean
  /** The cases, for blocks of this length. What must run meanwhile, such as a server, is stopped by `stop`. */
  open(size: Size): Promise<OpenPart>
  /** Seconds that all cases take. */
  estimate(size: Size): number
}

export interface OpenPart {
  readonly cases: readonly Case[]
  stop?(): Promise<void>
}

export interface Size {
  /** For the form of the result only. */
  readonly isQuick: boolean
  readonly blocks: number
  /** 0 where a block ends when its work is done. */
  readonly blockSeconds: number
}

/** The seconds that cases take whose contenders are measured one after the other. */
export function secondsOf(
  cases: readonly (Pick<Case, 'secondsPerBlock'> & { readonly contenders: readonly unknown[] })[],
  { blocks }: Size,
): number {
  return cases.reduce((sum, { contenders, secondsPerBlock }) => sum + contenders.length * secondsPerBlock * blocks, 0)
}
