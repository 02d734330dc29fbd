/**
 * Definitions of services and entrypoints: the plain data that a worker thread makes of a decorated class and sends to the
 * main thread.
 *
 * A definition is validated and complete: every default is filled in and every duration is in microseconds. Code that
 * receives a definition never sees a missing option. The user's functions (`when`, interval functions) stay in the worker.
 */
import type { Micros, Seconds } from './time.js'
import type { MissedPolicy, Overlap, Scope, Weekday } from './vocabulary.js'

/** Due at `start + k * interval`; with `align`, on multiples of the interval since the Unix epoch, each later by `shift`. */
export interface IntervalSchedule {
  readonly kind: 'interval'
  readonly interval: Micros
  readonly align: boolean
  /** From `spread`: the first tick is due at the start and this. Undefined: one interval after the start. */
  readonly shift?: Micros
}

/** Due at `from + k * step`, k = 0, 1, 2 ..., by the wall clock. */
export interface AnchoredSchedule {
  readonly kind: 'anchored'
  /** Local date and time, as `2026-01-05T09:00:00`. */
  readonly from: string
  /** Days of the calendar, or a span of time that passes. */
  readonly step: { readonly days: number } | { readonly span: Micros }
  /** IANA name; undefined: the time zone of the machine. */
  readonly timezone?: string
}

/** Due at the times of a cron expression in a time zone (IANA name; absent: the time zone of the machine). */
export interface CronSchedule {
  readonly kind: 'cron'
  readonly expression: string
  readonly timezone?: string
}

/** The user's interval function returns the next interval after each run; `initial` is its answer before the first run. */
export interface AdaptiveSchedule {
  readonly kind: 'adaptive'
  readonly initial: Micros
}

export type Schedule = IntervalSchedule | AnchoredSchedule | CronSchedule | AdaptiveSchedule

/** Between two ticks, before the first; infinite for a schedule by the wall clock. */
export function firstInterval(schedule: Schedule): Micros {
  if (schedule.kind === 'interval') return schedule.interval
  return schedule.kind === 'adaptive' ? schedule.initial : Number.POSITIVE_INFINITY
}

/** The times of the week at which a timer may tick, in minutes since midnight in `timezone`. `from > to` spans midnight. */
export interface Window {
  readonly days: readonly Weekday[]
  readonly fromMinute: number
  readonly toMinute: number
  readonly timezone?: string
  /** Dates, as `2026-12-25`, on which the window does not open. */
  readonly except?: readonly string[]
}

export interface Backoff {
  readonly initial: Micros
  readonly factor: number
  readonly max: Micros
  /** Each delay is varied at random by up to this fraction of it, 0 to 1. */
  readonly jitter: number
}

export interface RetryPolicy {
  /** The most calls of the method for one tick; 1 means no retry. */
  readonly attempts: number
  readonly backoff: Backoff
}

export interface BreakerPolicy {
  /** This many failed runs in a row open the circuit. */
  readonly failures: number
  /** The circuit stays open for this long; then one tick runs as a probe. */
  readonly reset: Micros
  /** After a failed probe the circuit stays open this many times longer than before, up to `max`. */
  readonly factor: number
  readonly max: Micros
}

/** The options that belong to a method. All timers of the method share them. */
export interface LaneDefinition {
  readonly service: string
  readonly method: string
  readonly overlap: Overlap
  readonly concurrency: number
  /** Undefined: no limit. */
  readonly timeout?: Micros
  readonly abortGrace: Micros
  /** The method has a `when` function, which the worker calls before the method. */
  readonly hasWhen: boolean
  readonly retry: RetryPolicy
  readonly breaker: BreakerPolicy | false
  readonly scope: Scope
  /** The lease that must be held for a run of `scope: 'leader'`; undefined for other scopes. */
  readonly lease?: string
  /** The lease whose holder hands the ticks of `scope: 'queue'` over to the queue; undefined for other scopes. No run needs it. */
  readonly offerLease?: string
}

/** Options whose configured defaults some scopes cannot have. */
export const SCOPED_OPTIONS = ['eager', 'overlap', 'precise', 'breaker'] as const
export type ScopedOption = (typeof SCOPED_OPTIONS)[number]

/** One schedule of a method. The timers of a method are equal in everything that {@link LaneDefinition} lists. */
export interface TimerDefinition extends LaneDefinition {
  readonly kind: 'timer'
  /** `service.method`, or `service.method#name` for a timer with a name. */
  readonly id: string
  /** Distinguishes the timers of one method; undefined when the method has only one timer. */
  readonly name?: string
  readonly schedule: Schedule
  readonly eager: boolean
  readonly missed: MissedPolicy
  /** Undefined: schedule/start-deadline.ts derives it from the schedule and `missed`. */
  readonly startDeadline?: Micros
  readonly jitter: Micros
  readonly precise: boolean | 'auto'
  readonly window?: Window
  /** The options for which `escapement.defaults` has a value that the scope cannot have; absent when there are none. */
  readonly passedOver?: readonly ScopedOption[]
}

export interface RpcDefinition {
  readonly kind: 'rpc'
  readonly id: string
  readonly service: string
  readonly method: string
}

/** V8 heap limits of a thread, as `node:worker_threads` takes them. */
export interface ResourceLimits {
  readonly maxOldGenerationSizeMb?: number
  readonly maxYoungGenerationSizeMb?: number
  readonly codeRangeSizeMb?: number
  readonly stackSizeMb?: number
}

export interface ServiceDefinition {
  readonly name: string
  /** URL of the module that defines the service. */
  readonly module: string
  /** The name under which the module exports it. */
  readonly exportName: string
  /** Name of the pool that its threads belong to. Default: the name of the service. */
  readonly pool: string
  /** Number of threads. Each has its own service object. */
  readonly threads: number
  /** Keep one started thread in standby, which takes over when another thread ends. */
  readonly standby: boolean
  /** Replace a thread between two runs once it has had `afterRuns` runs or its heap exceeds `heapMb`. */
  readonly recycle: { readonly afterRuns?: number; readonly heapMb?: number }
  readonly resourceLimits: ResourceLimits
  /** Added to the niceness of its threads; 0 to 19 (Linux). */
  readonly nice: number
  readonly timers: readonly TimerDefinition[]
  readonly rpcs: readonly RpcDefinition[]
  /** Names of the leases that its timers need or that it injects. */
  readonly leases: readonly string[]
  /** True when it injects `Members`. */
  readonly usesMembers: boolean
}

/** The argument of an interval function. */
export interface IntervalFacts {
  /** Duration of the last run; 0 before the first. */
  readonly lastDuration: Seconds
  /** Failed runs in a row. */
  readonly failures: number
  /** The machine's one-minute load average divided by its number of cores. */
  readonly load: number
}
