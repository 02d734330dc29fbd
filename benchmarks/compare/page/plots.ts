/**
 * What is drawn: bars for a group of one case, lines over n for a group of several. Plain data for the charting library, in colours of
 * `palette.ts`, which draw.mjs makes fit light and dark pages.
 */
import { groupBy } from '../../../test/faults/support/group-by.js'
import type { CaseResult, PartResult, Results } from '../results.js'
import { titleOf } from './axis.js'
import { barsOf } from './bars.js'
import { linesOf } from './lines.js'

export interface Plot {
  /** Name of the file, without its folder. */
  readonly file: string
  /** For those who do not see it. */
  readonly alt: string
  readonly width: number
  readonly height: number
  /** An option of echarts. */
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

/** What is before the first colon or comma, in letters that fit into a file's name. */
function slug(text: string): string {
  return text
    .split(/[:]/)[0]!
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
