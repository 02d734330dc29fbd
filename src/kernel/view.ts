/**
 * The state of the engine as plain data, made on demand for metrics, HTTP, the CLI and tests.
 */
import type { Schedule } from './definitions.js'
import type { PauseView } from './pause.js'
import type { Millis, Seconds } from './time.js'
import type { MissedPolicy, Outcome, Overlap, Scope, SkipReason } from './vocabulary.js'

/** The ledger of one entrypoint. At every instant `due + taken = skipped + handedOver + returned + runs + active + pending`. */
export interface LedgerCounts {
  /** Ticks that came due, including those that lapsed in a stall. */
  readonly due: number
  /** Tickets of the queue that this instance took. Like `handedOver` and `returned` always 0 unless the scope is `queue`. */
  readonly taken: number
  /** Ticks that this instance gave to the queue. */
  readonly handedOver: number
  /** Tickets that this instance took and gave back. */
  readonly returned: number
  readonly skipped: Readonly<Record<SkipReason, number>>
  readonly runs: Readonly<Record<Outcome, number>>
  /** Runs that were handed to a thread and have not ended. */
  readonly active: number
  /** Ticks that wait for their turn or for a claim. */
  readonly pending: number
}

export interface TimerView {
  /** `service.method`, or `service.method#name` for a timer with a name. */
  readonly id: string
  readonly service: string
  readonly method: string
  /** Distinguishes the timers of one method; undefined when the method has only one timer. */
  readonly name?: string
  readonly schedule: Schedule
  readonly overlap: Overlap
  readonly missed: MissedPolicy
  readonly scope: Scope
  readonly ledger: LedgerCounts
  /** Time between two ticks; for cron, between the next two. */
  readonly interval: Seconds
  /** Undefined: no limit. */
  readonly timeout?: Seconds
  readonly isPaused: boolean
  /** Who paused it, when and why; absent when it is not paused. */
  readonly pause?: PauseView
  /** `open`: all ticks are skipped. `half_open`: one probe runs. `reason` says what opened the circuit. */
  readonly circuit: {
    readonly state: 'closed' | 'half_open' | 'open'
    readonly reason?: 'circuit_open' | 'quarantined'
  }
  /** Runs of the method that failed in a row, with or without a breaker; 0 after one that completed. */
  readonly consecutiveFailures: number
  /** When the next tick is due; undefined when none is. */
  readonly nextDueAt?: Millis
  readonly lastSuccessAt?: Millis
}

export const THREAD_STATES = ['starting', 'idle', 'busy', 'ending', 'zombie', 'restarting', 'stopped'] as const
export type ThreadState = (typeof THREAD_STATES)[number]

export interface ThreadView {
  readonly pool: string
  readonly services: readonly string[]
  /** Index of the worker slot in its pool, from 0. */
  readonly slot: number
  readonly state: ThreadState
  /** Undefined while there is no thread. */
  readonly threadId?: number
  readonly restarts: number
  /** What is wrong with the thread, or of what the last one ended while there is none. */
  readonly problem?: string
}

export interface LeaseState {
  readonly lease: string
  /** This instance holds the lease and is not about to lose it. */
  readonly isLeader: boolean
  /** The epoch of the current or last holding by this instance; 0 if it never held the lease. */
  readonly epoch: bigint
}

export interface MemberCount {
  readonly service: string
  /** Number of instances that run the service, as far as this one knows; 0 while they are unknown. */
  readonly count: number
}
