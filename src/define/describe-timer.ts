import type { Schedule, TimerDefinition } from '../kernel/definitions.js'
import type { Millis, Seconds } from '../kernel/time.js'
import type { ConfigData } from './config-data.js'
import { type CronEntry, nameOf, type TimerEntry, timerKey } from './entries.js'
import { checkOptions, type Report } from './options/check.js'
import { parseExpression } from './options/expression.js'
import { askInterval, parseInterval, parseIntervalStep } from './options/interval.js'
import type { IntervalFunction } from './options/option-types.js'
import type { Parsed } from './options/parsed.js'
import { spread } from './options/spread.js'
import { completeOptions } from './options/timer-options.js'
import { cronSchema, type GivenOptions, type OwnOptions, timerSchema } from './options/timer-schema.js'

/** Settings from outside the module that the description of a timer depends on. */
export interface TimerSurroundings {
  readonly config: ConfigData
  /** The checked `escapement.defaults`. */
  readonly defaults: GivenOptions
  /** The machine's one-minute load average divided by its number of cores. */
  readonly load: number
  /** The wall clock: a cron expression must have an occurrence after it. */
  readonly now: Millis
  /** Name of the machine, for `spread`. */
  readonly host: string
}

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
  const schedule = scheduleOf(entry, own, around)
  if ('problem' in schedule) report(`${entry.kind === 'cron' ? 'expression' : 'interval'} ${schedule.problem}`)
  if (!own || 'problem' in schedule) return undefined
  if (entry.kind === 'timer' && own.timezone !== undefined && own.from === undefined) {
    report(
      'option "timezone" needs "from": an interval has no time zone; for the window write window: { timezone: ... }',
    )
  }
  const options = completeOptions(schedule.value, own, around.defaults, report)
  const { name } = own
  if (name !== nameOf(entry)) report('option "name" cannot come from the configuration: it is a part of the id')
  const id = `${service}.${timerKey(method, name)}`
  const spreadName = { id, host: around.host }
  return {
    kind: 'timer',
    id,
    service,
    method,
    ...(name !== undefined && { name }),
    ...options,
    schedule: spread(options.schedule, own.spread, around.defaults.spread, spreadName, report),
    hasWhen: own.when !== undefined,
    // One lease a service: all its `leader` timers share the state in `this`, so they run in the same process.
    ...(options.scope === 'leader' && { lease: service }),
    // Not the same lease: an instance that only takes tickets may lead the service, but offers none.
    ...(options.scope === 'queue' && { offerLease: offerLeaseOf(service) }),
  }
}

/** Its holder hands the ticks of the service over to the queue. */
function offerLeaseOf(service: string): string {
  return `${service}/queue`
}

function scheduleOf(
  entry: TimerEntry | CronEntry,
  own: OwnOptions | undefined,
  { config, load, now, defaults }: TimerSurroundings,
): Parsed<Schedule> {
  const zone = own?.timezone ?? defaults.timezone
  const timezone = zone === undefined ? {} : { timezone: zone }
  if (entry.kind === 'cron') {
    const every = everyOf(entry.expression)
    if (every !== undefined) return intervalSchedule(every, config)
    return map(parseExpression(entry.expression, zone, config, now), (expression) => ({
      kind: 'cron',
      expression,
      ...timezone,
    }))
  }
  const from = own?.from
  if (typeof entry.interval === 'function') {
    if (from !== undefined) return { problem: 'must be fixed, not a function, because of "from"' }
    const facts = { lastDuration: 0 as Seconds, failures: 0, load }
    return map(askInterval(entry.interval as IntervalFunction, facts, config), (initial) => ({
      kind: 'adaptive',
      initial,
    }))
  }
  if (from === undefined) return intervalSchedule(entry.interval, config)
  return map(parseIntervalStep(entry.interval, config), (step) => ({ kind: 'anchored', from, step, ...timezone }))
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
