/** The page `docs/benchmarks.md`, from the results alone. */
import { groupBy } from '../../../test/faults/support/group-by.js'
import { describeMachine, format } from '../../report.js'
import type { Absence, CaseResult, PartResult, Results } from '../results.js'
import { findings, listed, losses, summary } from './findings.js'
import { groupsOf, plotsOfGroup } from './plots.js'
import { tableOf } from './table.js'

const READING = `Values are of all blocks of a contender together. A ratio is the value of the first contender by that of the one in the row, with the
interval in which it lies with 95 % confidence (bootstrap over whole blocks). Where the interval includes 1, no difference is shown. Contenders take turns:
each is measured once in every block, in random order, each time in a process of its own.`

const REPEATING = `\`npm run bench -- compare\` in a checkout measures everything, writes this page and keeps the figures in \`docs/benchmarks.json\`. It first
prints how long that takes, and installs the packages to compare with into \`benchmarks/compare/node_modules\`. \`--only PART\` measures one part and leaves the others as they are;
each part below has its own command. \`--blocks N\` and \`--for SECONDS\` make it shorter; then this page says so. \`--page\` writes the page again.
Redis and Postgres must be installed for the peers that need them.`

const NEVER_MEASURED = [
  'Machines other than those named above. Other hardware gives other figures; the commands are there to get your own.',
  'Durable queues, workflows and schedules of a minute or more: pg-boss and graphile-worker as queues, pm2, agenda, sidequest, Temporal.',
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

/** @param told the notes of the parts before, which are not told again. */
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
  loadAtStart,
  versions,
}: PartResult): string {
  const length = blockSeconds === undefined ? '' : ` of ${format(blockSeconds)} s`
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Repeat it with \`${command}\` (${Math.max(1, Math.round(tookSeconds / 60))} min).`,
    `Measured on ${measuredAt.slice(0, 10)}, ${blocks} ${blocks === 1 ? 'block' : 'blocks'}${length} for each contender, on ${describeMachine(machine)};`,
    `load average at the start ${format(loadAtStart)}.`,
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

/** What a reader must know of contenders: a line for each, once. */
function notesOf(parts: readonly PartResult[]): ReadonlySet<string> {
  const contenders = parts.flatMap(({ cases }) => cases.flatMap((of) => of.contenders))
  return new Set(contenders.flatMap(({ name, note }) => (note ? [`${name}: ${note}`] : [])))
}

function notesSection(notes: readonly string[]): string[] {
  return notes.length > 0 ? ['How they are driven:', bullets(notes)] : []
}

/** Those with the same reason in one line. */
function absences({ cases, absent }: PartResult): string[] {
  const titleOf = ({ case: title }: Absence) => (cases.length === 1 ? '' : ` (${title.split(':')[0]})`)
  const lines = groupBy(absent, (absence) => `${titleOf(absence)}: ${absence.reason}`)
  return [...lines].map(([line, group]) => `${listed(group.map(({ contender }) => `*${contender}*`))}${line}`)
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n')
}
