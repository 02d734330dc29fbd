/**
 * The closed enumerations of the engine, in one place: types, metrics, logs, docs and dashboard all read them here.
 *
 * | word       | meaning                                                                              |
 * |------------|--------------------------------------------------------------------------------------|
 * | service    | a class marked `@service(name)`; one instance per worker thread                      |
 * | entrypoint | a method something outside calls: `@timer`, `@cron`, `@rpc`; its id is `service.method` |
 * | tick       | one due moment of a timer entrypoint, numbered, identified by `entrypoint@dueTime`   |
 * | run        | one execution of an entrypoint's method on a worker thread                           |
 * | outcome    | how a run ended                                                                      |
 * | skip reason| why a tick did not become a run                                                      |
 * | lane       | the scheduler's record of one entrypoint                                             |
 */

/** How a run ended. */
export const OUTCOMES = [
  /** The method returned, or its promise resolved. */
  'completed',
  /** The method threw, or its promise rejected. */
  'failed',
  /** It was aborted because it ran longer than its `timeout`. */
  'timed_out',
  /** It was aborted for another cause: replaced, stopping, lease lost, by hand. */
  'aborted',
  /** Its thread ended underneath it. */
  'crashed',
  /** `when` said no, just before the method would have been called. */
  'declined',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Why a tick did not become a run. */
export const SKIP_REASONS = [
  /** The previous run of the entrypoint was still going. */
  'running',
  /** It could not be started before its start deadline, or lapsed while the scheduler was stalled or suspended. */
  'missed',
  /** No thread of the service could take it: an earlier tick was handed over and had not been able to start. */
  'saturated',
  /** The entrypoint was paused. */
  'paused',
  /** It fell outside the entrypoint's `window`. */
  'outside_window',
  /** The circuit breaker was open. */
  'circuit_open',
  /** The entrypoint had crashed its thread too often. */
  'quarantined',
  /** Another process holds the lease of a `scope: 'leader'` entrypoint. */
  'not_leader',
  /** Another process runs this tick of a `scope: 'cluster'` entrypoint. */
  'claimed_elsewhere',
  /** It is unknown whether this process owns the tick; it is not run. */
  'claim_unknown',
  /** It was waiting for its turn when a newer tick took its place. */
  'superseded',
  /** The supervisor was stopping. */
  'stopping',
] as const
export type SkipReason = (typeof SKIP_REASONS)[number]

/** Why a run is told to stop. */
export const ABORT_CAUSES = ['timeout', 'replaced', 'lease_lost', 'stopping', 'manual'] as const
export type AbortCause = (typeof ABORT_CAUSES)[number]

export const OVERLAPS = ['skip', 'wait', 'allow', 'replace'] as const
/** What happens to a tick that comes due while its entrypoint's previous run is still going. */
export type Overlap = (typeof OVERLAPS)[number]

export const MISSED_POLICIES = ['skip', 'once', 'all'] as const
/** What happens to ticks that lapsed while nobody could act on them. */
export type MissedPolicy = (typeof MISSED_POLICIES)[number]

export const SCOPES = ['instance', 'leader', 'cluster'] as const
/** On which processes of a deployment an entrypoint ticks. */
export type Scope = (typeof SCOPES)[number]

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** What happens to a lease, as `escapement_lease_events_total{event}` counts it. */
export const LEASE_EVENTS = [
  /** This process became its holder. */
  'acquired',
  'renewed',
  /** A renewal came to nothing: the store did not answer in time, answered too late, or said no. */
  'renew_failed',
  /** It ceased to be held against the will of its holder, and all that ran under it has stopped. */
  'lost',
  /** The store confirmed that it was given back. */
  'released',
  /** It is unknown what came of asking for it, or the grant came too late to be of use. */
  'acquire_failed',
] as const
export type LeaseEvent = (typeof LEASE_EVENTS)[number]

/** Why a lease is not held any longer. */
export const LOSS_CAUSES = [
  /** The store says that this process has not got it: somebody else took it, or it expired there. */
  'taken',
  /** No renewal succeeded before the renewal deadline; what is left of the lease is for stopping what runs under it. */
  'unconfirmed',
  /** Its validity was over when it was looked at: the process was frozen, the machine suspended, or the wall clock set. */
  'expired',
  /** The elector was told to stop. */
  'stopping',
] as const
export type LossCause = (typeof LOSS_CAUSES)[number]

/** How a claim came out, as `escapement_claims_total{result}` counts it. */
export const CLAIM_RESULTS = ['claimed', 'claimed_elsewhere', 'claim_unknown'] as const
export type ClaimResult = (typeof CLAIM_RESULTS)[number]
