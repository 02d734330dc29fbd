/** Schedules, windows and options in words. */
import type { AnchoredSchedule, Schedule, TimerDefinition, Window } from '../../kernel/definitions.js'
import { exactSpan } from './words.js'

/** `every 100 ms`, `0 18 * * 1-5 (Europe/Paris)`. */
export function scheduleWords(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'interval':
      return `every ${exactSpan(schedule.interval)}${schedule.align ? ', aligned' : ''}${schedule.shift === undefined ? '' : ', spread'}`
    case 'anchored':
      return `every ${stepWords(schedule)} from ${schedule.from}${zoneWords(schedule.timezone)}`
    case 'adaptive':
      return `every ${exactSpan(schedule.initial)} at first, then as its function says`
    case 'cron':
      return `${schedule.expression}${zoneWords(schedule.timezone)}`
  }
}

function stepWords({ step }: AnchoredSchedule): string {
  if ('span' in step) return exactSpan(step.span)
  return step.days === 1 ? 'day' : `${step.days} days`
}

function zoneWords(timezone: string | undefined): string {
  return timezone === undefined ? '' : ` (${timezone})`
}

/** `mon-fri 09:00-17:00 (Europe/Paris)`, except for single days. */
export function windowWords({ days, fromMinute, toMinute, timezone, except }: Window): string {
  const exceptions = except ? ` except ${except.join(', ')}` : ''
  return `${days.join(',')} ${timeOfDay(fromMinute)}-${timeOfDay(toMinute)}${zoneWords(timezone)}${exceptions}`
}

function timeOfDay(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** Every option of a timer with its value, defaults included. */
export function optionWords(timer: TimerDefinition, startDeadline: number): Record<string, string> {
  const { retry, breaker, window } = timer
  return {
    schedule: scheduleWords(timer.schedule),
    eager: yesNo(timer.eager),
    jitter: timer.jitter === 0 ? 'none' : `up to ${exactSpan(timer.jitter)}`,
    precise: timer.precise === 'auto' ? 'auto' : yesNo(timer.precise),
    window: window ? windowWords(window) : 'always open',
    overlap: timer.overlap === 'allow' ? `allow, up to ${timer.concurrency} runs at once` : timer.overlap,
    timeout: timer.timeout === undefined ? 'none' : exactSpan(timer.timeout),
    abortGrace: exactSpan(timer.abortGrace),
    missed: timer.missed,
    startDeadline: Number.isFinite(startDeadline) ? exactSpan(startDeadline) : 'none',
    when: timer.hasWhen ? 'a function decides before each run' : 'always',
    retry:
      retry.attempts === 1
        ? 'none'
        : `${retry.attempts} attempts, first after ${exactSpan(retry.backoff.initial)}, then times ${retry.backoff.factor} up to ${exactSpan(retry.backoff.max)}`,
    breaker: breaker
      ? `opens after ${breaker.failures} failures in a row for ${exactSpan(breaker.reset)}, then times ${breaker.factor} up to ${exactSpan(breaker.max)}`
      : 'none',
    scope: scopeWords(timer),
  }
}

function scopeWords({ scope, lease, offerLease }: TimerDefinition): string {
  if (lease !== undefined) return `${scope}, under the lease ${lease}`
  return offerLease === undefined ? scope : `${scope}, handed over under the lease ${offerLease}`
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
