import type { Schedule, TimerDefinition } from '../kernel/definitions.js'
import type { Millis, Seconds } from '../kernel/time.js'
import type { ConfigData } from './config-data.js'
import type { CronEntry, TimerEntry } from './entries.js'
import { checkOptions, type Report } from './options/check.js'
import { parseExpression } from './options/expression.js'
import { askInterval, parseInterval } from './options/interval.js'
import type { IntervalFunction } from './options/option-types.js'
import type { Parsed } from './options/parsed.js'
import { completeOptions } from './options/timer-options.js'
import { cronSchema, type GivenOptions, timerSchema } from './options/timer-schema.js'

/** Settings from outside the module that the description of a timer depends on. */
export interface TimerSurroundings {
  readonly config: ConfigData
  /** The checked `escapement.defaults`. */
  readonly defaults: GivenOptions
  /** The machine's one-minute load average divided by its number of cores. */
  readonly load: number
  /** The wall clock: a cron expression must have an occurrence after it. */
  readonly now: Millis
}

type OwnOptions = GivenOptions & { readonly when?: unknown }

/** Describes one timer; undefined when it is invalid, after the problems have been reported. */
export function describeTimer(
  service: string,
  entry: TimerEntry | CronEntry,
  around: TimerSurroundings,
  report: Report,
): TimerDefinition | undefined {
  const { method } = entry
  const schema = entry.kind === 'cron' ? cronSchema : timerSchema
  const own: OwnOptions | undefined = checkOptions(
    schema,
    entry.options === undefined ? {} : entry.options,
    around.config,
    report,
  )
  const schedule = scheduleOf(entry, own?.timezone ?? around.defaults.timezone, around)
  if ('problem' in schedule) report(`${entry.kind === 'cron' ? 'expression' : 'interval'} ${schedule.problem}`)
  if (!own || 'problem' in schedule) return undefined
  const options = completeOptions(schedule.value, own, around.defaults, report)
  return {
    kind: 'timer',
    id: `${service}.${method}`,
    service,
    method,
    ...options,
    hasWhen: own.when !== undefined,
    // One lease a service: all its `leader` timers share the state in `this`, so they run in the same process.
    ...(options.scope === 'leader' && { lease: service }),
  }
}

function scheduleOf(
  entry: TimerEntry | CronEntry,
  timezone: string | undefined,
  { config, load, now }: TimerSurroundings,
): Parsed<Schedule> {
  if (entry.kind === 'cron') {
    const every = everyOf(entry.expression)
    if (every !== undefined) return intervalSchedule(every, config)
    return map(parseExpression(entry.expression, timezone, config, now), (expression) => ({
      kind: 'cron',
      expression,
      ...(timezone !== undefined && { timezone }),
    }))
  }
  if (typeof entry.interval === 'function') {
    const facts = { lastDuration: 0 as Seconds, failures: 0, load }
    return map(askInterval(entry.interval as IntervalFunction, facts, config), (initial) => ({
      kind: 'adaptive',
      initial,
    }))
  }
  return intervalSchedule(entry.interval, config)
}

function intervalSchedule(written: unknown, config: ConfigData): Parsed<Schedule> {
  return map(parseInterval(written, config), (interval) => ({ kind: 'interval', interval, align: false }))
}

/** The duration in `@every 5m`, which makes an interval timer; undefined for any other expression. */
function everyOf(expression: unknown): string | undefined {
  return typeof expression === 'string' ? /^\s*@every\s+(.+)$/i.exec(expression)?.[1]?.trim() : undefined
}

function map<In, Out>(parsed: Parsed<In>, make: (value: In) => Out): Parsed<Out> {
  return 'value' in parsed ? { value: make(parsed.value) } : parsed
}
