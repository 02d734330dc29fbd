/** Decides what a ratio with its interval shows. */
import type { Ratio } from '../../ratio.js'
import type { CaseResult, ContenderResult, Metric, PartResult } from '../results.js'

/** Whether the first contender is better or worse than the other one. `open`: the interval includes 1, so no difference is shown. */
export type Verdict = 'better' | 'worse' | 'open'

export function verdictOf({ low, high }: Ratio, better: 'less' | 'more'): Verdict {
  if (low <= 1 && high >= 1) return 'open'
  return high < 1 === (better === 'less') ? 'better' : 'worse'
}

export interface Compared {
  readonly part: PartResult
  readonly of: CaseResult
  readonly metric: Metric
  readonly peer: ContenderResult
  readonly ratio: Ratio
  readonly verdict: Verdict
}

/** Returns the comparisons from which a claim may be made: measured at full size, and not between two variants of Escapement. */
export function comparisonsOf(part: PartResult): Compared[] {
  if (part.cut !== undefined) return []
  return part.cases.flatMap((of) =>
    of.metrics.flatMap((metric) =>
      of.contenders.flatMap((peer): Compared[] => {
        const ratio = peer.ratios[metric.name]
        const { better } = metric
        if (!ratio || peer.isOurs || better === 'none') return []
        return [{ part, of, metric, peer, ratio, verdict: verdictOf(ratio, better) }]
      }),
    ),
  )
}
