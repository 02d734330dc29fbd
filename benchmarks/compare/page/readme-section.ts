/** Writes the results in the README: the table and the plot of one group. */
import type { Results } from '../results.js'
import { busyNotice } from './busy-notice.js'
import { groupsOf, plotsOfGroup } from './plots.js'
import { tableOf } from './table.js'

export const README_START = '<!-- Written by `npm run bench -- compare`: do not edit. -->'
export const README_END = '<!-- The end of what it writes. -->'

/** The part whose first group is shown. */
const SHOWN = 'lateness-idle'

/** Returns the section; empty text as long as its part has not been measured at full size. */
export function readmeSection({ parts }: Results): string {
  const part = parts[SHOWN]
  if (!part || part.cut !== undefined) return ''
  const [[group, cases]] = [...groupsOf(part)] as [[string, Parameters<typeof tableOf>[0]]]
  const [plot] = plotsOfGroup(SHOWN, part, group, cases)
  return [
    '',
    `${group}: Escapement and its alternatives (\`${part.command}\`):`,
    ...(plot ? [`![${plot.alt}](docs/images/benchmarks/${plot.file})`] : []),
    tableOf(inShort(cases), true),
    ...busyNotice(part.busyAtStart),
    '[docs/benchmarks.md](docs/benchmarks.md) has all parts, with the interval of each ratio, and says what is not measured.',
    '',
    '',
  ]
    .join('\n\n')
    .replace(/^\n/, '')
    .replace(/\n\n\n$/, '\n')
}

/** The columns of the table: a README has room for only a few. */
const COLUMNS = ['p50', 'p99', 'early', 'skipped', 'drift', 'CPU']

function inShort(cases: Parameters<typeof tableOf>[0]): Parameters<typeof tableOf>[0] {
  return cases.map((of) => {
    const metrics = of.metrics.filter(({ name }) => COLUMNS.includes(name))
    return { ...of, metrics: metrics.map((metric) => ({ ...metric, isCompared: false })) }
  })
}
