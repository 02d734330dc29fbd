import { machineZone, machineZoneName } from '../kernel/cron/machine-zone.js'
import type { AnchoredSchedule, Schedule, ServiceDefinition, TimerDefinition, Window } from '../kernel/definitions.js'
import { formatSpan, type Millis } from '../kernel/time.js'
import { type NextDue, nextDue } from '../supervise/next-due.js'
import { formatMinutes, formatMoment } from './format-moment.js'
import { formatTable } from './table.js'

/** One line for each entrypoint: service, method, schedule, overlap, thread; with `now` also the next due moment and its zone. */
export function entrypointTable(services: readonly ServiceDefinition[], now?: Millis): string {
  const dueCells = (timer: TimerDefinition) => (now === undefined ? [] : formatNextDue(nextDue(timer, now)))
  const rows = services.flatMap((service) => [
    ...service.timers.map((timer) => [
      service.name,
      timer.name === undefined ? timer.method : `${timer.method}#${timer.name}`,
      formatSchedule(timer.schedule) +
        (timer.window ? ` ${formatWindow(timer.window)}` : '') +
        (timer.scope === 'instance' ? '' : ` (${timer.scope})`),
      timer.overlap === 'allow' ? `allow ${timer.concurrency}` : timer.overlap,
      formatThread(service),
      ...dueCells(timer),
    ]),
    ...service.rpcs.map((rpc) => [
      ...[service.name, rpc.method, 'on call', '-', formatThread(service)],
      ...(now === undefined ? [] : ['-', '-']),
    ]),
  ])
  const dueHeads = now === undefined ? [] : ['NEXT DUE', 'ZONE']
  return formatTable(['SERVICE', 'METHOD', 'SCHEDULE', 'OVERLAP', 'THREAD', ...dueHeads], rows)
}

/** The next due moment as local time with its offset, and the zone. */
function formatNextDue(next: NextDue): [due: string, zone: string] {
  switch (next.kind) {
    case 'none':
      return ['none in its window', '-']
    case 'after_start':
      return [next.span === 0 ? 'at the start' : `${formatSpan(next.span)} after the start`, '-']
    case 'at': {
      const { wall, offset, zone } = next
      return [formatMoment(wall, offset), zone ?? `${machineZoneName(machineZone())} (of the machine)`]
    }
  }
}

function formatSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'interval':
      return `every ${formatSpan(schedule.interval)}${schedule.align ? ' aligned' : ''}${schedule.shift === undefined ? '' : ' spread'}`
    case 'anchored':
      return `every ${formatStep(schedule)} from ${schedule.from}${schedule.timezone ? ` ${schedule.timezone}` : ''}`
    case 'adaptive':
      return `every ${formatSpan(schedule.initial)} at first`
    case 'cron':
      return `cron ${schedule.expression}${schedule.timezone ? ` ${schedule.timezone}` : ''}`
  }
}

function formatStep({ step }: AnchoredSchedule): string {
  if ('span' in step) return formatSpan(step.span)
  return step.days === 1 ? 'day' : `${step.days} days`
}

function formatWindow({ days, fromMinute, toMinute, timezone, except }: Window): string {
  return `(${days.join(',')} ${formatMinutes(fromMinute)}-${formatMinutes(toMinute)}${timezone ? ` ${timezone}` : ''}${except ? ` except ${except.join(',')}` : ''})`
}

function formatThread(service: ServiceDefinition): string {
  const shared = service.pool === service.name ? 'own' : `pool ${service.pool}`
  return service.threads === 1 ? shared : `${shared} x${service.threads}`
}
