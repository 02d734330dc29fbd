import type { AnchoredSchedule, Schedule, ServiceDefinition, Window } from '../kernel/definitions.js'
import { formatSpan } from '../kernel/time.js'
import { formatTable } from './table.js'

/** One line for each entrypoint: service, method, schedule, overlap, thread. */
export function entrypointTable(services: readonly ServiceDefinition[]): string {
  const rows = services.flatMap((service) => [
    ...service.timers.map((timer) => [
      service.name,
      timer.name === undefined ? timer.method : `${timer.method}#${timer.name}`,
      formatSchedule(timer.schedule) +
        (timer.window ? ` ${formatWindow(timer.window)}` : '') +
        (timer.scope === 'instance' ? '' : ` (${timer.scope})`),
      timer.overlap === 'allow' ? `allow ${timer.concurrency}` : timer.overlap,
      formatThread(service),
    ]),
    ...service.rpcs.map((rpc) => [service.name, rpc.method, 'on call', '-', formatThread(service)]),
  ])
  return formatTable(['SERVICE', 'METHOD', 'SCHEDULE', 'OVERLAP', 'THREAD'], rows)
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
  const clock = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  return `(${days.join(',')} ${clock(fromMinute)}-${clock(toMinute)}${timezone ? ` ${timezone}` : ''}${except ? ` except ${except.join(',')}` : ''})`
}

function formatThread(service: ServiceDefinition): string {
  const shared = service.pool === service.name ? 'own' : `pool ${service.pool}`
  return service.threads === 1 ? shared : `${shared} x${service.threads}`
}
