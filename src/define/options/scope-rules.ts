/**
 * What the scopes demand of the other options of a timer. With `cluster` and `queue`, all instances must compute the same due
 * moments. With `queue`, another process may run the tick, so options that need this process to know the run do not apply.
 *
 * An option of the timer itself that does not fit is reported; a configured default that does not fit is passed over, which a start warns of
 * ({@link passedOver}).
 */
import { SCOPED_OPTIONS, type Schedule, type ScopedOption } from '../../kernel/definitions.js'
import type { Overlap, Scope } from '../../kernel/vocabulary.js'
import type { Report } from './check.js'
import type { GivenOptions } from './timer-schema.js'

/** Every instance must compute the same due moments, because they identify the ticks. */
function needsEqualTicks(scope: Scope): boolean {
  return scope === 'cluster' || scope === 'queue'
}

export function isEager(scope: Scope, own: GivenOptions, defaults: GivenOptions, report: Report): boolean {
  if (!needsEqualTicks(scope)) return own.eager ?? defaults.eager ?? false
  if (own.eager) {
    report(
      `option "eager" is true, but scope "${scope}" needs due moments that are the same on every process, and starts are not`,
    )
  }
  return false
}

export function aligned(
  schedule: Schedule,
  scope: Scope,
  own: GivenOptions,
  defaults: GivenOptions,
  report: Report,
): Schedule {
  if (schedule.kind === 'interval') {
    if (!needsEqualTicks(scope)) return { ...schedule, align: own.align ?? defaults.align ?? false }
    if (own.align === false) {
      report(`option "align" is false, but scope "${scope}" needs due moments that are the same on every process`)
    }
    return { ...schedule, align: true }
  }
  if (schedule.kind === 'anchored' && own.align !== undefined) {
    report('option "align" cannot be used with "from", which says when the timer is due')
  }
  if (schedule.kind === 'adaptive') {
    if (own.align !== undefined) report('option "align" needs a fixed interval, and this one is a function')
    if (needsEqualTicks(scope)) {
      report(
        `option "scope" is "${scope}", but with an interval function every process has due moments of its own: use scope "leader" or a fixed interval`,
      )
    }
  }
  return schedule
}

export function overlapOf(scope: Scope, own: GivenOptions, defaults: GivenOptions, report: Report): Overlap {
  if (scope !== 'queue') return own.overlap ?? defaults.overlap ?? 'skip'
  if (own.overlap === 'replace') {
    report(
      'option "overlap" is "replace", but with scope "queue" the run to be replaced may be on another process: use "skip", "wait" or "allow"',
    )
  }
  const overlap = own.overlap ?? defaults.overlap ?? 'skip'
  return overlap === 'replace' ? 'skip' : overlap
}

export function precisionOf(scope: Scope, own: GivenOptions, defaults: GivenOptions, report: Report): boolean | 'auto' {
  if (scope !== 'queue') return own.precise ?? defaults.precise ?? 'auto'
  if (own.precise === true) {
    report(
      'option "precise" is true, but with scope "queue" a tick goes to the queue at its due moment and starts some milliseconds later: remove "precise", or use another scope',
    )
  }
  return false
}

/** True: the timer has no breaker. */
export function excludesBreaker(scope: Scope, own: GivenOptions, report: Report): boolean {
  if (scope !== 'queue') return false
  if (own.breaker) {
    report(
      'option "breaker" cannot be used with scope "queue": an instance knows only the runs that it took itself. Remove "breaker", or use another scope',
    )
  }
  return true
}

/** The configured defaults that the scope cannot have, without those in whose place the timer has an option of its own. */
export function passedOver(scope: Scope, own: GivenOptions, defaults: GivenOptions): readonly ScopedOption[] {
  const misfits: Readonly<Record<ScopedOption, boolean>> = {
    eager: needsEqualTicks(scope) && defaults.eager === true,
    overlap: scope === 'queue' && defaults.overlap === 'replace',
    precise: scope === 'queue' && defaults.precise === true,
    breaker: scope === 'queue' && Boolean(defaults.breaker),
  }
  return SCOPED_OPTIONS.filter((option) => misfits[option] && own[option] === undefined)
}
