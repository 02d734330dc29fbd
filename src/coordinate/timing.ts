/**
 * How long a lease lasts, and whether that is long enough to stop what runs under it.
 *
 *     t0                            renewDeadline                         0.99 ttl   ttl
 *     |---- renewals, every retry ------|---- abortGrace ----|- killConfirm -|--------|
 *     request sent                      no new starts,       threads         not      anybody
 *                                       runs are aborted     are killed      valid    may take it
 *
 * What lies between the renewal deadline and the end of the validity is all the time there is for stopping: a store that
 * has become unreachable will give the lease to somebody else at the end of the `ttl`, whatever still runs here.
 */
import { formatSpan, type Micros, type Millis, microsFromMillis, millisFromMicros } from '../kernel/time.js'

export interface LeaseTiming {
  /** For how long the store keeps the lease for its holder, from each renewal on. */
  readonly ttl: Micros
  /** A holder that has not been able to renew for this long stops what runs under the lease. */
  readonly renewDeadline: Micros
  /** Between two renewals, and about as long between two attempts to get the lease; also how long a request may take. */
  readonly retry: Micros
}

/** The share of the `ttl` a holder counts on: its clock may run slower than the store's by up to one per cent. */
const SAFETY = 0.99

/** How long a killed thread may take to exit before it is a zombie. */
const KILL_CONFIRM: Micros = 1_000_000

/** For how long a lease is valid for its holder, from before the request was sent. */
export function validityOf(ttl: Micros): Micros {
  return Math.floor(ttl * SAFETY)
}

/** A span as stores are told it: in whole milliseconds, and never shorter. */
export function storeSpan(span: Micros): Millis {
  return Math.ceil(millisFromMicros(span))
}

/** An instant on both clocks. */
export interface ClockReading {
  readonly at: Micros
  readonly wallAt: Millis
}

/**
 * Reads both clocks, the monotonic one first. A process that is frozen between the two then takes the pause for time
 * that has passed on the monotonic clock, so validity counted from here is too short rather than too long.
 */
export function readClocks(clock: { now(): Micros; wallNow(): Millis }): ClockReading {
  const at = clock.now()
  return { at, wallAt: clock.wallNow() }
}

/** What has passed between two moments, on the clock that saw more of it. */
export function elapsed(since: ClockReading, now: ClockReading): Micros {
  return Math.max(now.at - since.at, microsFromMillis(now.wallAt - since.wallAt))
}

/** A timer that runs under a lease. */
interface LeasedTimer {
  /** `service.method`. */
  readonly id: string
  readonly abortGrace: Micros
}

/** A sentence on what is wrong with the timing and the timers that depend on it, and what to do; undefined when they fit. */
export function checkBudget(
  { ttl, renewDeadline, retry }: LeaseTiming,
  timers: readonly LeasedTimer[],
  killConfirm: Micros = KILL_CONFIRM,
): string | undefined {
  if (!(retry > 0)) return `coordination: retry must be longer than 0, and is ${formatSpan(retry)}`
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
    ` what runs under it could outlive it. Set ttl to ${formatSpan(enough)} or more, or shorten `,
    longest && longest.abortGrace > 0 ? `renewDeadline or the abortGrace of ${longest.id}` : 'renewDeadline',
  ].join('')
}
