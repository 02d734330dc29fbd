/**
 * Statistics of the samples of a contender, all blocks together.
 *
 * An interval is found by some thousand draws of blocks (ratio.ts). A percentile is therefore computed without another sort for
 * each draw: the samples of all blocks are sorted once, and a draw counts along them how often each block was drawn.
 */
import { percentile, rankOf } from './report.js'

/** The samples of each block. */
export type Blocks = readonly (readonly number[])[]

export interface Statistic {
  of(samples: readonly number[]): number
  /** The statistic of drawn blocks, by their places in `blocks`. A block may be drawn several times. */
  ofDraws(blocks: Blocks): (drawn: readonly number[]) => number
}

/** A statistic that is computed from all samples anew for each draw. */
export function statistic(of: Statistic['of']): Statistic {
  return { of, ofDraws: (blocks) => (drawn) => of(drawn.flatMap((place) => blocks[place]!)) }
}

export const sum = statistic((samples) => samples.reduce((all, sample) => all + sample, 0))

export const mean = statistic((samples) => sum.of(samples) / samples.length)

export const shareAbove = (limit: number): Statistic =>
  statistic((samples) => (100 * samples.filter((sample) => sample > limit).length) / samples.length)

/** The value that `percent` of the samples do not exceed (nearest rank); NaN without samples. */
export function atPercent(percent: number): Statistic {
  const of = (samples: readonly number[]) => percentile(Float64Array.from(samples).sort(), percent)
  return { of, ofDraws: (blocks) => percentileOfDraws(blocks, percent) }
}

function percentileOfDraws(blocks: Blocks, percent: number): (drawn: readonly number[]) => number {
  const samples = blocks.flatMap((block, place) => block.map((value) => ({ value, place })))
  samples.sort((a, b) => a.value - b.value)
  const values = Float64Array.from(samples, ({ value }) => value)
  const places = Uint32Array.from(samples, ({ place }) => place)
  return (drawn) => {
    const times = new Uint32Array(blocks.length)
    for (const place of drawn) times[place]!++
    const size = drawn.reduce((total, place) => total + blocks[place]!.length, 0)
    let left = rankOf(percent, size)
    for (let index = 0; index < values.length; index++) {
      left -= times[places[index]!]!
      if (left <= 0) return values[index]!
    }
    return Number.NaN
  }
}
