/** Writes the page `docs/benchmarks.md`, from the results alone. */

import { groupBy } from '../../../test/faults/support/group-by.js'
import { describeMachine, format } from '../../report.js'
import type { Absence, CaseResult, PartResult, Results } from '../results.js'
import { busyNotice } from './busy-notice.js'
import { findings, listed, losses, summary } from './findings.js'
import { groupsOf, plotsOfGroup } from './plots.js'
import { tableOf } from './table.js'

const READING = `A *contender* is a program that is measured: Escapement or an alternative. In each *block* every contender is measured once, in random
order, each time in a process of its own. A value in a table is computed from all blocks of the contender together.

A ratio is the value of the first contender divided by the value of the contender in its row, with its 95 % confidence interval in parentheses (bootstrap over
whole blocks). When the interval includes 1, the table says that no difference is shown.`

const REPEATING = `\`npm run bench -- compare\` in a checkout of the repository measures everything, writes this page and keeps the figures in
\`docs/benchmarks.json\`. It first prints how long that takes, and installs the packages of the alternatives into \`benchmarks/compare/node_modules\`. Redis and
Postgres must be installed for the alternatives that need them. \`--only PART\` measures one part and keeps the figures of the others; each part below names its own
command. \`--blocks N\` and \`--for SECONDS\` make the measurement shorter; then this page says so. \`--page\` writes the page again without measuring.`

const NEVER_MEASURED = [
  'Machines other than those named above. Other hardware gives other figures: run the commands on yours.',
  'Durable queues, workflows, and schedules with intervals of a minute or more: pg-boss and graphile-worker as queues, pm2, agenda, sidequest, Temporal.',
  'Windows and macOS.',
]

export function page(results: Results): string {
  const parts = Object.entries(results.parts)
  const found = findings(results)
  const worse = losses(results)
  return [
    '# Benchmarks',
    summary(results),
    ...(found.length > 0 ? [bullets(found)] : []),
    ...(worse.length > 0 ? ['## Where an alternative is better', bullets(worse)] : []),
    '## How to read and repeat this',
    READING,
    REPEATING,
    ...parts.flatMap(([name, part], at) =>
      partSections(name, part, notesOf(parts.slice(0, at).map(([, each]) => each))),
    ),
    '## What is not measured',
    bullets([...parts.flatMap(([, { notMeasured }]) => notMeasured), ...NEVER_MEASURED]),
  ]
    .join('\n\n')
    .concat('\n')
}

/** @param told the notes that earlier parts of the page have already, and that are not repeated. */
function partSections(name: string, part: PartResult, told: ReadonlySet<string>): string[] {
  const { title, description, cut, absent } = part
  return [
    `## ${title}`,
    description,
    factsOf(part),
    ...(cut === undefined ? [] : [`**Indicative only: ${cut}. No claim is made from it.**`]),
    ...[...groupsOf(part)].flatMap(([group, cases]) => groupSections(name, part, group, cases)),
    ...notesSection([...notesOf([part])].filter((note) => !told.has(note))),
    ...(absent.length > 0 ? ['Left out:', bullets(absences(part))] : []),
  ]
}

function factsOf({
  command,
  measuredAt,
  tookSeconds,
  blocks,
  blockSeconds,
  machine,
  busyAtStart,
  versions,
}: PartResult): string {
  const length = blockSeconds === undefined ? '' : ` of ${format(blockSeconds)} s`
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Repeat it with \`${command}\` (${Math.max(1, Math.round(tookSeconds / 60))} min).`,
    `Measured on ${measuredAt.slice(0, 10)}, ${blocks} ${blocks === 1 ? 'block' : 'blocks'}${length} for each contender, on ${describeMachine(machine)}${busyAtStart === undefined ? '.' : `; busy cores before the start: ${format(busyAtStart)}.`}`,
    ...busyNotice(busyAtStart),
    ...(packages.length > 0 ? [`Versions: ${packages.join(', ')}.`] : []),
  ].join(' ')
}

function groupSections(name: string, part: PartResult, group: string, cases: readonly CaseResult[]): string[] {
  const plots = plotsOfGroup(name, part, group, cases)
  return [
    ...(part.title.endsWith(group) ? [] : [`### ${group}`]),
    ...plots.map(({ alt, file }) => `![${alt}](images/benchmarks/${file})`),
    tableOf(cases, part.cut === undefined),
  ]
}

/** How each contender is driven: one line each, without repetitions. */
function notesOf(parts: readonly PartResult[]): ReadonlySet<string> {
  const contenders = parts.flatMap(({ cases }) => cases.flatMap((of) => of.contenders))
  return new Set(contenders.flatMap(({ name, note }) => (note ? [`${name}: ${note}`] : [])))
}

function notesSection(notes: readonly string[]): string[] {
  return notes.length > 0 ? ['How each contender is driven:', bullets(notes)] : []
}

/** The contenders that were left out of a part, those with the same reason in one line. */
function absences({ cases, absent }: PartResult): string[] {
  const titleOf = ({ case: title }: Absence) => (cases.length === 1 ? '' : ` (${title.split(':')[0]})`)
  const lines = groupBy(absent, (absence) => `${titleOf(absence)}: ${absence.reason}`)
  return [...lines].map(([line, group]) => `${listed(group.map(({ contender }) => `*${contender}*`))}${line}`)
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n')
}
