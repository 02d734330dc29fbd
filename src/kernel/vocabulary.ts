/**
 * The vocabulary of Escapement: first its glossary, then its closed enumerations, which types, metrics, logs and docs share.
 *
 * | word             | meaning                                                                                      |
 * |------------------|----------------------------------------------------------------------------------------------|
 * | instance         | one process of a deployment                                                                  |
 * | service          | a class marked `@service(name)`, or the result of `defineService`                            |
 * | service object   | the object of a service class on one thread; `this` keeps its state between ticks            |
 * | entrypoint       | a method that is called from outside: `@timer`, `@cron`, `@rpc`; its id is `service.method`  |
 * | due moment       | the instant at which a tick is due: `dueMono` on the monotonic clock, `dueWall` on the wall clock |
 * | tick             | one due moment of a timer, numbered; its id is `entrypoint@dueTime`                          |
 * | run              | one execution of an entrypoint's method; a retried run is one run with several attempts      |
 * | outcome          | how a run ended                                                                              |
 * | skip reason      | why a tick did not become a run                                                              |
 * | call             | a run of an `@rpc` method for another service                                                |
 * | lane             | the scheduler's record of one entrypoint: its active runs, its waiting tick, its ledger      |
 * | ticket           | a tick that was handed over to the queue, for whichever instance takes it (`scope: 'queue'`) |
 * | taker            | the instance that runs a ticket                                                              |
 * | ledger           | counts what became of every tick: `due + taken = skipped + handed_over + returned + runs + active + pending` |
 * | grid             | the due moments of an interval timer: `start + k * interval`                                 |
 * | pool             | the threads of a service, or of several services that share a pool                           |
 * | worker slot      | a lasting place for one thread of a pool                                                     |
 * | incarnation      | the thread that occupies a worker slot at present                                            |
 * | placement        | the worker slot that is chosen for a run, chosen once                                        |
 * | gate             | holds a run on its worker thread, which received it early, until its due moment              |
 * | lease            | the right to lead, held by one instance at a time until it expires                           |
 * | epoch            | number of a lease's holding; grows with every holder, and is the fencing token               |
 * | claim            | the request of one instance to be the only one that runs a tick (`scope: 'cluster'`)         |
 * | member           | an instance that the other instances of its deployment know                                  |
 */

/** How a run ended. */
export const OUTCOMES = [
  /** The method returned, or its promise resolved. */
  'completed',
  /** The method threw, or its promise rejected. */
  'failed',
  /** The run was aborted because it took longer than its `timeout`. */
  'timed_out',
  /** The run was aborted for another cause: replaced, stopping, lease lost, by hand. */
  'aborted',
  /** The run's thread ended during the run. */
  'crashed',
  /** The `when` function returned a falsy value, so the method was not called. */
  'declined',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Why a tick did not become a run. */
export const SKIP_REASONS = [
  /** The previous run of the entrypoint had not ended. */
  'running',
  /** The tick could not start before its start deadline, or it lapsed while the scheduler was stalled or suspended. */
  'missed',
  /** No thread was free: an earlier tick was handed to a thread and had not been able to start. */
  'saturated',
  /** The entrypoint was paused. */
  'paused',
  /** The due moment was outside the `window` of the entrypoint. */
  'outside_window',
  /** The circuit breaker was open, or its probe had not ended. */
  'circuit_open',
  /** The entrypoint had crashed its thread too often, or its probe had not ended. */
  'quarantined',
  /** This instance does not hold the lease of a `scope: 'leader'` or `scope: 'queue'` entrypoint. */
  'not_leader',
  /** Another instance claimed this tick of a `scope: 'cluster'` entrypoint. */
  'claimed_elsewhere',
  /**
   * It is unknown whether this instance's claim succeeded, so the tick does not run. With `scope: 'queue'`: whether the queue has
   * kept the tick, so another instance may run it.
   */
  'claim_unknown',
  /** This instance certainly has no claim of the tick: the store refused each request, or the clocks differ too much. */
  'claim_refused',
  /** The tick was waiting for its turn when a newer tick replaced it. */
  'superseded',
  /** The supervisor was stopping. */
  'stopping',
] as const
export type SkipReason = (typeof SKIP_REASONS)[number]

/** Why a run is aborted. */
export const ABORT_CAUSES = ['timeout', 'replaced', 'lease_lost', 'stopping', 'manual'] as const
export type AbortCause = (typeof ABORT_CAUSES)[number]

export const OVERLAPS = ['skip', 'wait', 'allow', 'replace'] as const
/** What happens to a tick that comes due before the previous run of its entrypoint has ended. */
export type Overlap = (typeof OVERLAPS)[number]

/** Why a ticket that this instance had taken goes back to the queue. */
export const RETURN_REASONS = [
  /** The attempt failed, and the queue hands the ticket out again after the backoff. */
  'retry',
  /** The supervisor was stopping. */
  'stopping',
  /** This instance had lost its lock on the ticket, or was about to. */
  'lock_lost',
  /** No thread became free in time, or the one that was to run it ended before. */
  'saturated',
  /** The method had crashed its thread too often here. */
  'quarantined',
] as const
export type ReturnReason = (typeof RETURN_REASONS)[number]

/** Why a ticket is given up: no instance runs it again. */
export const DISCARD_REASONS = [
  /** Too many of the instances that held it were lost. */
  'abandoned',
  /** Its record in the store is not a ticket of this version. */
  'unreadable',
] as const
export type DiscardReason = (typeof DISCARD_REASONS)[number]

export const MISSED_POLICIES = ['skip', 'once', 'all'] as const
/** What happens to ticks that lapsed while the scheduler was stalled or suspended. */
export type MissedPolicy = (typeof MISSED_POLICIES)[number]

export const SCOPES = ['instance', 'leader', 'cluster', 'queue'] as const
/** Which instances of a deployment run the ticks of an entrypoint. */
export type Scope = (typeof SCOPES)[number]

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** Events of a lease, as `escapement_lease_events_total{event}` counts them. */
export const LEASE_EVENTS = [
  /** This instance became the holder. */
  'acquired',
  /** The store confirmed a renewal. */
  'renewed',
  /** A renewal failed: the store did not answer in time, or refused it. */
  'renew_failed',
  /** The holder lost the lease without releasing it, and all runs under it have ended. */
  'lost',
  /** The holder released the lease, and the store confirmed it. */
  'released',
  /** A request to acquire the lease had an unknown result, or was granted too late to use it. */
  'acquire_failed',
] as const
export type LeaseEvent = (typeof LEASE_EVENTS)[number]

/** Why an instance no longer holds a lease. */
export const LOSS_CAUSES = [
  /** The store says that this instance does not hold it: another one does, or it expired in the store. */
  'taken',
  /** No renewal succeeded before the renewal deadline. The rest of the validity is used to stop the runs under the lease. */
  'unconfirmed',
  /** Its validity had already passed: the process was frozen, the machine was suspended, or the wall clock was set. */
  'expired',
  /** The instance is stopping. */
  'stopping',
] as const
export type LossCause = (typeof LOSS_CAUSES)[number]

/** Results of a claim, as `escapement_claims_total{result}` counts them. */
export const CLAIM_RESULTS = ['claimed', 'claimed_elsewhere', 'claim_unknown', 'claim_refused'] as const
export type ClaimResult = (typeof CLAIM_RESULTS)[number]

/** `retried`: another attempt follows; `succeeded`, `exhausted`: how a run of several attempts ended. */
export const RETRY_RESULTS = ['retried', 'succeeded', 'exhausted'] as const
export type RetryResult = (typeof RETRY_RESULTS)[number]

/** States of a circuit. The index of a state is its value in `escapement_circuit_state`. */
export const CIRCUIT_STATES = ['closed', 'half_open', 'open'] as const
export type CircuitState = (typeof CIRCUIT_STATES)[number]

/** Why a circuit is not closed: the breaker opened it, or the method crashed its thread too often. They are skip reasons too. */
export const CIRCUIT_REASONS = ['circuit_open', 'quarantined'] as const
export type CircuitReason = (typeof CIRCUIT_REASONS)[number]

/** In which direction the wall clock moved against the monotonic clock. */
export const CLOCK_DIRECTIONS = ['forward', 'backward'] as const

/** What is told of the sampled delays of the event loop: the median, the 99th percentile, the longest. */
export const LAG_STATS = ['p50', 'p99', 'max'] as const
export type LagStat = (typeof LAG_STATS)[number]

export const METRIC_DETAILS = ['method', 'service'] as const
/** Whether histograms, and counters by reason or outcome, have series for each method or for each service. */
export type MetricDetail = (typeof METRIC_DETAILS)[number]
