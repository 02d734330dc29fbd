/** `escapement plan`: prints what comes due in a span, without starting anything. */
import { POSITIVE_SPAN, parseDuration } from '../define/options/durations.js'
import { systemClock } from '../kernel/clock.js'
import { definitionWarnings } from '../kernel/definition-warnings.js'
import type { ServiceDefinition, TimerDefinition } from '../kernel/definitions.js'
import { UsageError } from '../kernel/errors.js'
import { didYouMean, show } from '../kernel/suggest.js'
import { formatSpan, type Millis, microsFromMillis, millisFromMicros } from '../kernel/time.js'
import type { Herd } from '../schedule/plan/herds.js'
import { type Plan, planOf } from '../schedule/plan/plan.js'
import { describeServices } from '../supervise/describe/describe-modules.js'
import { offsetOf } from '../supervise/next-due.js'
import { type ConfigFlags, readConfig } from './config.js'
import { EXIT } from './exit-codes.js'
import { formatMoment } from './format-moment.js'
import { formatTable } from './table.js'

export interface PlanFlags extends ConfigFlags {
  readonly for: string
  readonly from?: string
  readonly entrypoint?: string
  readonly json?: boolean
}

export async function plan(modules: readonly string[], flags: PlanFlags): Promise<number> {
  const span = parseSpan(flags.for)
  const from = flags.from === undefined ? systemClock().wallNow() : parseMoment(flags.from)
  const services = await describeServices(modules, await readConfig(flags))
  const { entrypoint } = flags
  if (entrypoint !== undefined) requireEntrypoint(services, entrypoint)
  for (const warning of definitionWarnings(services)) process.stderr.write(`warning: ${warning}\n`)
  const to = from + span
  const planned = planOf(services, { from, to, start: from, ...(entrypoint !== undefined && { entrypoint }) })
  process.stdout.write(`${flags.json ? JSON.stringify(planned, null, 2) : planText(planned, services)}\n`)
  return EXIT.clean
}

/** A table of the ticks, each at the local time of its timer, then the herds. */
function planText({ from, to, ticks, herds, truncated }: Plan, services: readonly ServiceDefinition[]): string {
  const timers = new Map(services.flatMap((service) => service.timers.map((timer) => [timer.id, timer] as const)))
  const at = (id: string, wall: Millis) => formatMoment(wall, offsetOf(timers.get(id)!, wall))
  const rows = ticks.map(({ entrypoint, dueAt, note = '' }) => [at(entrypoint, dueAt), entrypoint, note])
  const table = ticks.length > 0 ? formatTable(['DUE', 'ENTRYPOINT', 'NOTE'], rows) : 'Nothing comes due.'
  const cut = 'Not all ticks are shown: --entrypoint shows up to 1,000 of one, and a shorter --for has fewer.'
  const unaligned = [...timers.values()].some(startsWithProcess)
  const sections = [
    `From ${new Date(from).toISOString()} for ${formatSpan(microsFromMillis(to - from))}`,
    table,
    ...(truncated ? [cut] : []),
    ...(unaligned
      ? ['Intervals without align count from the start of the process: here, from the start of the plan.']
      : []),
    ...(herds.length > 0 ? [herdText(herds, at)] : []),
  ]
  return sections.join('\n\n')
}

function herdText(herds: readonly Herd[], at: (id: string, wall: Millis) => string): string {
  const lines = herds.map(({ dueAt, thread, entrypoints, advice }) =>
    [`${at(entrypoints[0]!, dueAt)}  ${thread}: ${entrypoints.join(', ')}`, `  ${advice}`].join('\n'),
  )
  return ['Ticks that come due together on one thread, where all but the first start late:', ...lines].join('\n')
}

function startsWithProcess({ schedule, eager }: TimerDefinition): boolean {
  return eager || schedule.kind === 'adaptive' || (schedule.kind === 'interval' && !schedule.align)
}

function requireEntrypoint(services: readonly ServiceDefinition[], id: string): void {
  const known = services.flatMap(({ timers }) =>
    timers.flatMap((timer) => [timer.id, `${timer.service}.${timer.method}`]),
  )
  if (known.includes(id)) return
  const ids = [...new Set(known)]
  throw new UsageError(
    'ERR_USAGE',
    `--entrypoint ${show(id)}: no timer of that name${didYouMean(id, ids)} (timers: ${ids.join(', ')})`,
  )
}

function parseSpan(text: string): Millis {
  const parsed = parseDuration(text, POSITIVE_SPAN)
  if ('value' in parsed) return millisFromMicros(parsed.value)
  throw new UsageError('ERR_USAGE', `--for ${show(text)}: expected a duration such as 24h or 7d`)
}

function parseMoment(text: string): Millis {
  const wall = Date.parse(text)
  if (Number.isFinite(wall)) return wall
  throw new UsageError('ERR_USAGE', `--from ${show(text)}: expected a moment such as 2026-03-29T00:00:00Z`)
}
