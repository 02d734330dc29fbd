/**
 * Completes the options of a timer: a user's options override the configured defaults, which override the built-in ones.
 *
 * A configured default that does not apply to a timer is ignored, so that one set of defaults fits all timers:
 * `concurrency` if overlap is not `allow`; `align` and `spread` for cron, interval functions and `from`, and
 * `align: false` for scope `cluster`; `jitter` that is not less than the interval; `timezone` for intervals without `from`, except in their windows. `retry` and
 * `breaker` are merged with the defaults field by field; every other option replaces its default whole.
 */
import type { Schedule, TimerDefinition, Window } from '../../kernel/definitions.js'
import { formatSpan, type Micros } from '../../kernel/time.js'
import type { Overlap, Scope } from '../../kernel/vocabulary.js'
import type { Report } from './check.js'
import { breakerPolicy, periodOf, retryPolicy } from './policies.js'
import type { GivenOptions, OwnOptions } from './timer-schema.js'

const DEFAULT_ABORT_GRACE: Micros = 1_000_000
const DEFAULT_CONCURRENCY = 10

/** The fields of a timer definition that follow from its schedule and its options. */
export type CompleteOptions = Omit<TimerDefinition, 'kind' | 'id' | 'service' | 'method' | 'hasWhen'>

/** Fills in the defaults, checks the options against each other, and decides whether an interval is aligned. */
export function completeOptions(
  schedule: Schedule,
  own: OwnOptions,
  defaults: GivenOptions,
  report: Report,
): CompleteOptions {
  const given = { ...defaults, ...own }
  const overlap = given.overlap ?? 'skip'
  const scope = given.scope ?? 'instance'
  const window = inZone(given.window, given.timezone)
  return {
    schedule: aligned(schedule, scope, own, defaults, report),
    eager: isEager(scope, own, defaults, report),
    overlap,
    concurrency: concurrencyOf(overlap, own, defaults, report),
    ...(given.timeout && { timeout: given.timeout }),
    abortGrace: given.abortGrace ?? DEFAULT_ABORT_GRACE,
    missed: given.missed ?? (isOfWallClock(schedule) ? 'once' : 'skip'),
    ...(given.startDeadline !== undefined && { startDeadline: given.startDeadline }),
    jitter: jitterOf(schedule, own, defaults, report),
    precise: given.precise ?? 'auto',
    ...(window && { window }),
    retry: retryPolicy(own.retry, defaults.retry, report),
    breaker: breakerPolicy(own.breaker, defaults.breaker, own.name === undefined ? periodOf(schedule) : 0, report),
    scope,
  }
}

function isEager(scope: Scope, own: GivenOptions, defaults: GivenOptions, report: Report): boolean {
  if (scope !== 'cluster') return own.eager ?? defaults.eager ?? false
  if (own.eager) {
    report(
      'option "eager" is true, but scope "cluster" needs due moments that are the same on every process, and starts are not',
    )
  }
  return false
}

function aligned(
  schedule: Schedule,
  scope: Scope,
  own: GivenOptions,
  defaults: GivenOptions,
  report: Report,
): Schedule {
  if (schedule.kind === 'interval') {
    if (scope !== 'cluster') return { ...schedule, align: own.align ?? defaults.align ?? false }
    if (own.align === false) {
      report('option "align" is false, but scope "cluster" needs due moments that are the same on every process')
    }
    return { ...schedule, align: true }
  }
  if (schedule.kind === 'anchored' && own.align !== undefined) {
    report('option "align" cannot be used with "from", which says when the timer is due')
  }
  if (schedule.kind === 'adaptive') {
    if (own.align !== undefined) report('option "align" needs a fixed interval, and this one is a function')
    if (scope === 'cluster') {
      report(
        'option "scope" is "cluster", but with an interval function every process has due moments of its own: use scope "leader" or a fixed interval',
      )
    }
  }
  return schedule
}

function isOfWallClock({ kind }: Schedule): boolean {
  return kind === 'cron' || kind === 'anchored'
}

function concurrencyOf(overlap: Overlap, own: GivenOptions, defaults: GivenOptions, report: Report): number {
  if (overlap === 'allow') return own.concurrency ?? defaults.concurrency ?? DEFAULT_CONCURRENCY
  if (own.concurrency !== undefined && own.concurrency > 1) {
    report(`option "concurrency" must be 1 unless overlap is "allow", got ${own.concurrency} and overlap "${overlap}"`)
  }
  return 1
}

function jitterOf(schedule: Schedule, own: GivenOptions, defaults: GivenOptions, report: Report): Micros {
  const limit = schedule.kind === 'interval' ? schedule.interval : Number.POSITIVE_INFINITY
  if (own.jitter !== undefined) {
    if (own.jitter >= limit) {
      report(`option "jitter" must be less than the interval (${formatSpan(limit)}), got ${formatSpan(own.jitter)}`)
    }
    return own.jitter
  }
  return defaults.jitter !== undefined && defaults.jitter < limit ? defaults.jitter : 0
}

function inZone(window: Window | false | undefined, timezone: string | undefined): Window | undefined {
  if (!window) return undefined
  return timezone === undefined ? window : { timezone, ...window }
}
