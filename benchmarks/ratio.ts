/**
 * The ratio or the difference of two contenders that were measured in turn, with the interval in which it lies with 95 % confidence.
 *
 * The samples of one block (one process, one stretch of time) resemble each other more than those of different blocks, so
 * blocks are resampled as a whole (block bootstrap, percentile interval).
 */
import type { Blocks, Statistic } from './statistics.js'

export interface Ratio {
  readonly ratio: number
  /** The interval: 2.5 % of the resampled ratios are smaller than `low`, 2.5 % are larger than `high`. */
  readonly low: number
  readonly high: number
}

const RESAMPLES = 2_000

/** @param blocks the samples of each block; both contenders need at least one block. */
export function ratioOf(blocks: Blocks, baseline: Blocks, statistic: Statistic, seed = 1): Ratio {
  const random = mulberry32(seed)
  const [ours, theirs] = [statistic.ofDraws(blocks), statistic.ofDraws(baseline)]
  const resampled = Array.from({ length: RESAMPLES }, () => {
    return ours(draw(blocks.length, random)) / theirs(draw(baseline.length, random))
  }).sort((a, b) => a - b)
  return {
    ratio: statistic.of(blocks.flat()) / statistic.of(baseline.flat()),
    low: resampled[Math.floor(0.025 * RESAMPLES)]!,
    high: resampled[Math.ceil(0.975 * RESAMPLES) - 1]!,
  }
}

export interface Difference {
  readonly difference: number
  /** The interval, as that of a {@link Ratio}. */
  readonly low: number
  readonly high: number
}

/**
 * The first minus the second. Block k of both is from the same round, when the machine was equally busy: whole rounds are resampled.
 *
 * @throws RangeError when the numbers of blocks differ.
 */
export function differenceOf(first: Blocks, second: Blocks, statistic: Statistic, seed = 1): Difference {
  if (first.length !== second.length) {
    throw new RangeError(
      `the first has ${first.length} blocks, the second ${second.length}: expected one of each for every round`,
    )
  }
  const random = mulberry32(seed)
  const [ofFirst, ofSecond] = [statistic.ofDraws(first), statistic.ofDraws(second)]
  const resampled = Array.from({ length: RESAMPLES }, () => {
    const rounds = draw(first.length, random)
    return ofFirst(rounds) - ofSecond(rounds)
  }).sort((a, b) => a - b)
  return {
    difference: statistic.of(first.flat()) - statistic.of(second.flat()),
    low: resampled[Math.floor(0.025 * RESAMPLES)]!,
    high: resampled[Math.ceil(0.975 * RESAMPLES) - 1]!,
  }
}

/** The places of as many blocks as there are, each drawn from all. */
function draw(count: number, random: () => number): number[] {
  return Array.from({ length: count }, () => Math.floor(random() * count))
}

/** A small generator of numbers in [0, 1), so that the same samples give the same interval (Tommy Ettinger, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
