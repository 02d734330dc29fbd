/** Completes the retry and breaker policies of a timer: its own fields override the configured ones, which override these defaults. */
import type { BreakerPolicy, RetryPolicy, Schedule } from '../../kernel/definitions.js'
import { formatSpan, type Micros } from '../../kernel/time.js'
import type { Report } from './check.js'
import type { GivenBreaker, GivenRetry } from './timer-schema.js'

const SECOND: Micros = 1_000_000
const MINUTE: Micros = 60 * SECOND
const DAY: Micros = 24 * 60 * MINUTE

export function retryPolicy(own: GivenRetry | undefined, below: GivenRetry | undefined, report: Report): RetryPolicy {
  const backoff = { ...below?.backoff, ...own?.backoff }
  const initial = backoff.initial ?? SECOND
  const max = backoff.max ?? Math.max(MINUTE, initial)
  refuseBelow(max, initial, 'retry.backoff.max', 'retry.backoff.initial', report)
  return {
    attempts: own?.attempts ?? below?.attempts ?? 1,
    backoff: { initial, factor: backoff.factor ?? 2, max, jitter: backoff.jitter ?? 0.2 },
  }
}

/** Returns the breaker; undefined unless the timer or the configured defaults turn it on. */
export function breakerPolicy(
  own: GivenBreaker | boolean | undefined,
  below: GivenBreaker | boolean | undefined,
  period: Micros,
  report: Report,
): BreakerPolicy | false {
  if (!(own ?? below)) return false
  const given = { ...fieldsOf(below), ...fieldsOf(own) }
  const reset = given.reset ?? Math.max(30 * SECOND, 5 * period)
  const max = given.max ?? Math.max(10 * MINUTE, reset)
  refuseBelow(max, reset, 'breaker.max', 'breaker.reset', report)
  return { failures: given.failures ?? 5, reset, factor: given.factor ?? 2, max }
}

function fieldsOf(given: GivenBreaker | boolean | undefined): GivenBreaker {
  return typeof given === 'object' ? given : {}
}

/** The interval, or the first result of an interval function; 0 for a cron expression, whose ticks have no fixed distance. */
export function periodOf(schedule: Schedule): Micros {
  if (schedule.kind === 'cron') return 0
  if (schedule.kind === 'anchored') return 'days' in schedule.step ? schedule.step.days * DAY : schedule.step.span
  return schedule.kind === 'interval' ? schedule.interval : schedule.initial
}

function refuseBelow(max: Micros, least: Micros, maxName: string, leastName: string, report: Report): void {
  if (max >= least) return
  report(`option "${maxName}" must not be less than ${leastName} (${formatSpan(least)}), got ${formatSpan(max)}`)
}
