/**
 * Chooses the plots of each group of cases: bars for a group of one case, lines over n for a group of several. The plots are plain data for
 * the charting library echarts, in the light colours of `palette.ts`; draw.mjs adds the dark ones.
 */
import { groupBy } from '../../../test/faults/support/group-by.js'
import type { CaseResult, PartResult, Results } from '../results.js'
import { titleOf } from './axis.js'
import { barsOf } from './bars.js'
import { linesOf } from './lines.js'

export interface Plot {
  /** Name of the file, without its folder. */
  readonly file: string
  /** The text for readers who cannot see the image. */
  readonly alt: string
  readonly width: number
  readonly height: number
  /** The option object of echarts. */
  readonly option: object
}

export function plotsOf({ parts }: Results): Plot[] {
  return Object.entries(parts).flatMap(([name, part]) =>
    [...groupsOf(part)].flatMap(([group, cases]) => plotsOfGroup(name, part, group, cases)),
  )
}

export function groupsOf({ cases }: PartResult): ReadonlyMap<string, readonly CaseResult[]> {
  return groupBy(cases, ({ group }) => group)
}

export function plotsOfGroup(name: string, part: PartResult, group: string, cases: readonly CaseResult[]): Plot[] {
  const drawn = cases[0]!.metrics.filter(({ isDrawn }) => isDrawn)
  if (drawn.length === 0 || cases.every(({ contenders }) => contenders.length === 0)) return []
  const file = (suffix: string) => `${groupsOf(part).size === 1 ? name : `${name}-${slug(group)}`}${suffix}.svg`
  if (cases.length > 1) {
    return drawn.map((metric) => ({
      file: file(`-${slug(metric.name)}`),
      alt: `${group}: ${titleOf(metric)} by number`,
      ...linesOf(cases, metric),
    }))
  }
  // Metrics of one unit share a plot.
  const units = [...groupBy(drawn, ({ unit }) => unit).values()]
  return units.map((metrics) => ({
    file: file(units.length === 1 ? '' : `-${slug(metrics[0]!.name)}`),
    alt: `${group}: ${metrics.map(titleOf).join(' and ')}`,
    ...barsOf(cases[0]!, metrics),
  }))
}

/** The text before the first colon, in characters that a file name may have. */
function slug(text: string): string {
  return text
    .split(/[:]/)[0]!
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
