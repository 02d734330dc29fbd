/**
 * What a decorated class becomes once it has been described: plain data that can cross a thread border.
 *
 * A definition is complete (every default applied, every unit converted to microseconds) and validated; nothing below
 * this point sees a partial option. Functions a user wrote (`when`, interval functions) stay in the worker.
 */
import type { Micros, Seconds } from './time.js'
import type { MissedPolicy, Overlap, Scope, Weekday } from './vocabulary.js'

/** A due moment every `interval` µs: `start + k * interval`, or on multiples of the interval since the epoch when aligned. */
export interface IntervalSchedule {
  readonly kind: 'interval'
  readonly interval: Micros
  readonly align: boolean
}

/** Occurrences of a cron expression in a time zone (IANA name; the machine's own when absent). */
export interface CronSchedule {
  readonly kind: 'cron'
  readonly expression: string
  readonly timezone?: string
}

/** The interval is what the user's function says at the end of each run; `initial` is what it said before the first. */
export interface AdaptiveSchedule {
  readonly kind: 'adaptive'
  readonly initial: Micros
}

export type Schedule = IntervalSchedule | CronSchedule | AdaptiveSchedule

/** When a timer may tick at all. Minutes since midnight in `timezone`; `from > to` spans midnight. */
export interface Window {
  readonly days: readonly Weekday[]
  readonly fromMinute: number
  readonly toMinute: number
  readonly timezone?: string
}

export interface Backoff {
  readonly initial: Micros
  readonly factor: number
  readonly max: Micros
  /** Fraction of the delay by which it is randomly spread, 0 to 1. */
  readonly jitter: number
}

export interface RetryPolicy {
  /** How often the method is called for one tick at the most; 1 means no retry. */
  readonly attempts: number
  readonly backoff: Backoff
}

export interface BreakerPolicy {
  /** Failures in a row that open the circuit. */
  readonly failures: number
  /** How long the circuit stays open before one probe is let through. */
  readonly reset: Micros
  readonly factor: number
  readonly max: Micros
}

export interface TimerDefinition {
  readonly kind: 'timer'
  /** `service.method`. */
  readonly id: string
  readonly service: string
  readonly method: string
  readonly schedule: Schedule
  readonly eager: boolean
  readonly overlap: Overlap
  readonly concurrency: number
  /** Undefined: no limit. */
  readonly timeout?: Micros
  readonly abortGrace: Micros
  readonly missed: MissedPolicy
  /** Undefined: the default, which follows from the schedule and `missed` (schedule/start-deadline.ts). */
  readonly startDeadline?: Micros
  readonly jitter: Micros
  readonly precise: boolean | 'auto'
  readonly window?: Window
  /** The method is guarded by a `when` function that the worker calls. */
  readonly hasWhen: boolean
  readonly retry: RetryPolicy
  readonly breaker: BreakerPolicy | false
  readonly scope: Scope
  /** The lease that `scope: 'leader'` runs under; undefined for other scopes. */
  readonly lease?: string
}

export interface RpcDefinition {
  readonly kind: 'rpc'
  readonly id: string
  readonly service: string
  readonly method: string
}

export type EntrypointDefinition = TimerDefinition | RpcDefinition

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
  /** Name of the pool its threads belong to; its own name unless it shares one. */
  readonly pool: string
  /** How many threads, each with an instance of its own. */
  readonly threads: number
  /** Keep one warm thread ready to take over. */
  readonly standby: boolean
  /** Replace a thread, between two runs, after so many runs or when its heap has grown so large. */
  readonly recycle: { readonly afterRuns?: number; readonly heapMb?: number }
  readonly resourceLimits: ResourceLimits
  /** Added to the niceness of its threads; 0 to 19 (Linux). */
  readonly nice: number
  readonly timers: readonly TimerDefinition[]
  readonly rpcs: readonly RpcDefinition[]
  /** Leases that its timers run under, or that it injects. */
  readonly leases: readonly string[]
  /** It injects the members of the deployment. */
  readonly usesMembers: boolean
}

/** What an interval function is told about the past when it is asked for the next interval. */
export interface IntervalFacts {
  /** How long the last run took; 0 before the first. */
  readonly lastDuration: Seconds
  /** Failed runs in a row. */
  readonly failures: number
  /** The machine's one-minute load average divided by its number of cores. */
  readonly load: number
}
