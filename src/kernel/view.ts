/**
 * What the engine shows of itself: the port that metrics, HTTP, the CLI and tests read. Plain data, made on demand.
 */
import type { Schedule } from './definitions.js'
import type { Millis, Seconds } from './time.js'
import type { MissedPolicy, Outcome, Overlap, Scope, SkipReason } from './vocabulary.js'

/** The books of one entrypoint. They close: `due = skipped + runs + active + pending`, at every instant. */
export interface LedgerCounts {
  /** Ticks that came due, also those found late after a stall. */
  readonly due: number
  readonly skipped: Readonly<Record<SkipReason, number>>
  readonly runs: Readonly<Record<Outcome, number>>
  /** Handed to a thread and not ended. */
  readonly active: number
  /** Waiting for their turn. */
  readonly pending: number
}

export interface TimerView {
  readonly id: string
  readonly service: string
  readonly method: string
  readonly schedule: Schedule
  readonly overlap: Overlap
  readonly missed: MissedPolicy
  readonly scope: Scope
  readonly ledger: LedgerCounts
  /** Distance between two ticks; for cron between the next two. */
  readonly interval: Seconds
  /** Undefined: no limit. */
  readonly timeout?: Seconds
  readonly isPaused: boolean
  /** Open and half open let nothing, or one probe, through; `reason` says why. */
  readonly circuit: {
    readonly state: 'closed' | 'half_open' | 'open'
    readonly reason?: 'circuit_open' | 'quarantined'
  }
  /** Undefined when it will not tick again. */
  readonly nextDueAt?: Millis
  readonly lastSuccessAt?: Millis
}

export const THREAD_STATES = ['starting', 'idle', 'busy', 'ending', 'zombie', 'restarting', 'stopped'] as const
export type ThreadState = (typeof THREAD_STATES)[number]

export interface ThreadView {
  readonly pool: string
  readonly services: readonly string[]
  readonly slot: number
  readonly state: ThreadState
  /** Undefined while there is no thread. */
  readonly threadId?: number
  readonly restarts: number
}

export interface Health {
  /** The scheduler itself works. */
  readonly live: boolean
  /** Every thread is up and nothing is being stopped. */
  readonly ready: boolean
  /** One sentence for each thing that is wrong; not all of them keep it from being ready. */
  readonly problems: readonly string[]
}

/** A method that other services may call. */
export interface RpcView {
  readonly service: string
  readonly method: string
}

export interface LeaseState {
  readonly lease: string
  /** This instance holds it, and is not losing it. */
  readonly isLeader: boolean
  /** 0 before it was held here. */
  readonly epoch: bigint
}

export interface EngineView {
  leases(): readonly LeaseState[]
  /** How many instances there are, as far as this one knows; undefined when nobody asked. */
  memberCount(): number | undefined
  rpcs(): readonly RpcView[]
  timers(): readonly TimerView[]
  threads(): readonly ThreadView[]
  health(): Health
}
