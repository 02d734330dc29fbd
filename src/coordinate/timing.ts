/**
 * How long a lease lasts, and whether that is long enough to stop the runs under it.
 *
 *     t0                            renewDeadline                         0.99 ttl   ttl
 *     |---- renewals, every retry ------|---- abortGrace ----|- killConfirm -|--------|
 *     request sent                      no new starts,       threads         not      others may
 *                                       runs are aborted     are killed      valid    acquire it
 *
 * The runs must stop between the renewal deadline and the end of the validity: an unreachable store grants the lease to
 * another process at the end of the `ttl`, even if a run has not stopped here.
 */
import { KILL_CONFIRM } from '../kernel/kill-confirm.js'
import { formatSpan, type Micros, type Millis, microsFromMillis, millisFromMicros } from '../kernel/time.js'

export interface LeaseTiming {
  /** How long the store keeps the lease for its holder after each renewal. */
  readonly ttl: Micros
  /** A holder that could not renew for this long stops the runs under the lease. */
  readonly renewDeadline: Micros
  /** Time between two renewals, and about the time between two attempts to acquire; also how long a request may take. */
  readonly retry: Micros
}

/** The share of the `ttl` for which the holder treats the lease as valid: its clock may be up to 1 % slower than the store's. */
const SAFETY = 0.99

/** How long the holder treats the lease as valid, counted from before the request was sent. */
export function validityOf(ttl: Micros): Micros {
  return Math.floor(ttl * SAFETY)
}

/** Converts a span for requests to the store: whole milliseconds, rounded up. */
export function storeSpan(span: Micros): Millis {
  return Math.ceil(millisFromMicros(span))
}

/** An instant on both clocks. */
export interface ClockReading {
  readonly at: Micros
  readonly wallAt: Millis
}

/**
 * Reads both clocks, the monotonic clock first. If the process is frozen between the two reads, the frozen time counts as
 * elapsed on the monotonic clock, so a validity counted from here is too short rather than too long.
 */
export function readClocks(clock: { now(): Micros; wallNow(): Millis }): ClockReading {
  const at = clock.now()
  return { at, wallAt: clock.wallNow() }
}

/** The time between two readings, by the clock that measured more. */
export function elapsed(since: ClockReading, now: ClockReading): Micros {
  return Math.max(now.at - since.at, microsFromMillis(now.wallAt - since.wallAt))
}

/** A timer that runs under a lease. */
interface LeasedTimer {
  /** `service.method`. */
  readonly id: string
  readonly abortGrace: Micros
}

/** Returns a sentence that says why the timing does not fit the timers and what to do; undefined when it fits. */
export function checkBudget(
  { ttl, renewDeadline, retry }: LeaseTiming,
  timers: readonly LeasedTimer[],
  killConfirm: Micros = KILL_CONFIRM,
): string | undefined {
  if (!(retry > 0)) return `coordination: retry must be longer than 0, got ${formatSpan(retry)}`
  if (renewDeadline < 2 * retry) {
    return `coordination: renewDeadline ${formatSpan(renewDeadline)} leaves no room for a second attempt to renew: make it at least twice retry (${formatSpan(retry)})`
  }
  const validity = validityOf(ttl)
  const longest = timers.reduce<LeasedTimer | undefined>(
    (longest, timer) => (longest && longest.abortGrace >= timer.abortGrace ? longest : timer),
    undefined,
  )
  const needed = renewDeadline + (longest?.abortGrace ?? 0) + killConfirm
  if (needed <= validity) return undefined
  const enough = Math.ceil(needed / SAFETY / 100_000) * 100_000
  const grace = longest ? ` + abortGrace ${formatSpan(longest.abortGrace)} of ${longest.id}` : ''
  return [
    `coordination: renewDeadline ${formatSpan(renewDeadline)}${grace} + ${formatSpan(killConfirm)} until a killed thread has exited`,
    ` = ${formatSpan(needed)}, but a lease of ${formatSpan(ttl)} is valid for ${formatSpan(validity)} only:`,
    ` a run could continue after the lease. Set ttl to ${formatSpan(enough)} or more, or shorten `,
    longest && longest.abortGrace > 0 ? `renewDeadline or the abortGrace of ${longest.id}` : 'renewDeadline',
  ].join('')
}
