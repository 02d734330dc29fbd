/** Writes the table of a group of cases: a row for each contender (and n), a column for each metric and for each ratio. */

import type { Ratio } from '../../ratio.js'
import { format } from '../../report.js'
import type { CaseResult, ContenderResult, Metric } from '../results.js'
import { verdictOf } from './verdict.js'

/** @param cases the cases of one group. @param withInterval whether ratios have an interval; false when there are too few blocks for one. */
export function tableOf(cases: readonly CaseResult[], withInterval: boolean): string {
  const { metrics, contenders } = cases[0]!
  const hasN = cases.some(({ n }) => n !== undefined)
  const compared = metrics.filter(({ isCompared }) => isCompared)
  const reference = contenders[0]?.name ?? ''
  const head = [
    ...(hasN ? ['n'] : []),
    'contender',
    ...metrics.map(({ name, unit }) => (unit === '' ? name : `${name}, ${unit}`)),
    ...compared.map(({ name }) => `${name}: ${reference} / this`),
  ]
  const rows = cases.flatMap((of) =>
    of.contenders.map((contender) => [
      ...(hasN ? [format(of.n!)] : []),
      contender.isOurs ? `**${contender.name}**` : contender.name,
      ...metrics.map(({ name }) => valueCell(contender, name)),
      ...compared.map((metric) => ratioCell(contender, metric, withInterval)),
    ]),
  )
  const alignments = head.map((title) => (title === 'contender' ? '---' : '--:'))
  return [head, alignments, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function valueCell({ values }: ContenderResult, metric: string): string {
  const value = values[metric]
  return value === undefined ? '' : format(value)
}

function ratioCell({ ratios }: ContenderResult, { name, better }: Metric, withInterval: boolean): string {
  const ratio = ratios[name]
  if (!ratio) return ''
  if (!withInterval) return format(ratio.ratio)
  const isOpen = better !== 'none' && verdictOf(ratio, better) === 'open'
  return isOpen ? `no difference shown (${range(ratio)})` : `${format(ratio.ratio)} (${range(ratio)})`
}

function range({ low, high }: Ratio): string {
  return `${format(low)} to ${format(high)}`
}
