/**
 * Completes the options of a timer: a user's options override the configured defaults, which override the built-in ones.
 *
 * A configured default that does not apply to a timer is passed over, so that one set of defaults fits all timers:
 * `concurrency` if overlap is not `allow`; `align` and `spread` for cron, interval functions and `from`; what does not fit the
 * scope (scope-rules.ts); `jitter` that is not less than the interval; `timezone` for intervals without `from`, except in their windows. `retry` and
 * `breaker` are merged with the defaults field by field; every other option replaces its default whole.
 */
import type { Schedule, TimerDefinition, Window } from '../../kernel/definitions.js'
import { formatSpan, type Micros } from '../../kernel/time.js'
import type { Overlap } from '../../kernel/vocabulary.js'
import type { Report } from './check.js'
import { breakerPolicy, periodOf, retryPolicy } from './policies.js'
import { aligned, excludesBreaker, isEager, overlapOf, passedOver, precisionOf } from './scope-rules.js'
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
  const scope = given.scope ?? 'instance'
  const overlap = overlapOf(scope, own, defaults, report)
  const noBreaker = excludesBreaker(scope, own, report)
  const window = inZone(given.window, given.timezone)
  const misfits = passedOver(scope, own, defaults)
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
    precise: precisionOf(scope, own, defaults, report),
    ...(window && { window }),
    retry: retryPolicy(own.retry, defaults.retry, report),
    breaker: noBreaker
      ? false
      : breakerPolicy(own.breaker, defaults.breaker, own.name === undefined ? periodOf(schedule) : 0, report),
    scope,
    ...(misfits.length > 0 && { passedOver: misfits }),
  }
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
