/**
 * Every metric of the engine, in one table: the code registers it, the documentation lists it and the tests check it.
 *
 * Durations are in seconds and instants in Unix time in seconds. 0 stands for a missing value: a timestamp of 0 means
 * that the event has not happened, a timeout of 0 means that there is no timeout.
 */
import {
  DURATION_BOUNDS,
  LATENESS_BOUNDS,
  RPC_DURATION_BOUNDS,
  SCHEDULER_LAG_BOUNDS,
} from '../counters/histogram-bounds.js'
import { THREAD_END_REASONS } from '../kernel/events.js'
import { HEARTBEAT_RESULTS, NOTIFICATION_RESULTS } from '../kernel/notices.js'
import { OUTPUT_DROP_REASONS } from '../kernel/output/output-memory.js'
import { RPC_OUTCOMES } from '../kernel/rpc.js'
import { QUEUE_STATES, TICKET_EVENTS } from '../kernel/ticket.js'
import { THREAD_STATES } from '../kernel/view.js'
import {
  ABORT_CAUSES,
  CLAIM_RESULTS,
  CLOCK_DIRECTIONS,
  LAG_STATS,
  LEASE_EVENTS,
  OUTCOMES,
  RETRY_RESULTS,
  SKIP_REASONS,
} from '../kernel/vocabulary.js'

export interface MetricSpec {
  readonly name: `escapement_${string}`
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** The name of each label, with all its possible values, or `any` when the user's code chooses them. */
  readonly labels: Readonly<Record<string, 'any' | readonly string[]>>
  /** Upper bounds of a histogram's buckets without the last bound, which is +Inf. */
  readonly buckets?: readonly number[]
}

/** `too_many_series`: the thread had reached its limit; `conflict`: another metric already has the name. */
const DROP_REASONS = ['too_many_series', 'conflict'] as const

const ENTRYPOINT = { service: 'any', method: 'any' } as const

export const METRICS = {
  ticksDue: {
    name: 'escapement_ticks_due_total',
    type: 'counter',
    help: 'Ticks that came due, including those found late after a stall.',
    labels: ENTRYPOINT,
  },
  ticksTaken: {
    name: 'escapement_ticks_taken_total',
    type: 'counter',
    help: 'Tickets that this instance took from the queue (scope queue).',
    labels: ENTRYPOINT,
  },
  ticksHandedOver: {
    name: 'escapement_ticks_handed_over_total',
    type: 'counter',
    help: 'Ticks that this instance gave to the queue, for whichever instance takes them (scope queue).',
    labels: ENTRYPOINT,
  },
  ticksReturned: {
    name: 'escapement_ticks_returned_total',
    type: 'counter',
    help: 'Tickets that this instance took and gave back: a failed attempt that is retried, a stop, a lock that was nearly lost, no free thread, or quarantine (scope queue).',
    labels: ENTRYPOINT,
  },
  ticksSkipped: {
    name: 'escapement_ticks_skipped_total',
    type: 'counter',
    help: 'Ticks that did not become a run, by reason.',
    labels: { ...ENTRYPOINT, reason: SKIP_REASONS },
  },
  ticksPending: {
    name: 'escapement_ticks_pending',
    type: 'gauge',
    help: 'Ticks that wait for their turn.',
    labels: ENTRYPOINT,
  },
  runs: {
    name: 'escapement_runs_total',
    type: 'counter',
    help: 'Runs that have ended, by outcome.',
    labels: { ...ENTRYPOINT, outcome: OUTCOMES },
  },
  runsActive: {
    name: 'escapement_runs_active',
    type: 'gauge',
    help: 'Runs that were handed to a thread and have not ended.',
    labels: ENTRYPOINT,
  },
  paused: {
    name: 'escapement_paused',
    type: 'gauge',
    help: 'Whether the ticks of the timer are skipped because it is paused. 1: paused; 0: not.',
    labels: ENTRYPOINT,
  },
  startLateness: {
    name: 'escapement_start_lateness_seconds',
    type: 'histogram',
    help: 'From the due moment of a tick to the first instruction of the method.',
    labels: ENTRYPOINT,
    buckets: LATENESS_BOUNDS,
  },
  runDuration: {
    name: 'escapement_run_duration_seconds',
    type: 'histogram',
    help: 'How long the method took, whatever its outcome.',
    labels: ENTRYPOINT,
    buckets: DURATION_BOUNDS,
  },
  workerRestarts: {
    name: 'escapement_worker_restarts_total',
    type: 'counter',
    help: 'Threads that were restarted, by the reason why the previous thread ended. A shared thread counts for each of its services.',
    labels: { service: 'any', reason: THREAD_END_REASONS },
  },
  workers: {
    name: 'escapement_workers',
    type: 'gauge',
    help: 'Threads of a pool, by state.',
    labels: { pool: 'any', state: THREAD_STATES },
  },
  lead: {
    name: 'escapement_lead_seconds',
    type: 'gauge',
    help: 'How long before their due moments ticks are handed to the threads of a pool; longer when they were reached late.',
    labels: { pool: 'any' },
  },
  lastSuccess: {
    name: 'escapement_last_success_timestamp_seconds',
    type: 'gauge',
    help: 'When a run last completed (Unix time); 0 when none has completed.',
    labels: ENTRYPOINT,
  },
  noSuccessSince: {
    name: 'escapement_no_success_since_timestamp_seconds',
    type: 'gauge',
    help: 'Due moment of the first tick after the last run that completed (Unix time), so since when a success is missing; 0 when none is. Ticks do not count that were skipped because of a pause, a window, or another instance.',
    labels: ENTRYPOINT,
  },
  nextTick: {
    name: 'escapement_next_tick_timestamp_seconds',
    type: 'gauge',
    help: 'When the next tick is due (Unix time); 0 when there will be none.',
    labels: ENTRYPOINT,
  },
  interval: {
    name: 'escapement_interval_seconds',
    type: 'gauge',
    help: 'Time between two ticks; for cron between the next two ticks.',
    labels: ENTRYPOINT,
  },
  timeout: {
    name: 'escapement_timeout_seconds',
    type: 'gauge',
    help: 'How long a run may take; 0 when there is no limit.',
    labels: ENTRYPOINT,
  },
  circuitState: {
    name: 'escapement_circuit_state',
    type: 'gauge',
    help: 'State of the circuit breaker. 0: closed, ticks run; 1: half open, one probe runs; 2: open, ticks are skipped.',
    labels: ENTRYPOINT,
  },
  consecutiveFailures: {
    name: 'escapement_consecutive_failures',
    type: 'gauge',
    help: 'Runs of the method that failed, timed out or crashed in a row; 0 after one that completed.',
    labels: ENTRYPOINT,
  },
  aborts: {
    name: 'escapement_aborts_total',
    type: 'counter',
    help: 'Runs that were aborted, by cause.',
    labels: { ...ENTRYPOINT, cause: ABORT_CAUSES },
  },
  retries: {
    name: 'escapement_retries_total',
    type: 'counter',
    help: 'Attempts that were retried, and runs of several attempts by their end: succeeded or exhausted.',
    labels: { ...ENTRYPOINT, result: RETRY_RESULTS },
  },
  rpcCalls: {
    name: 'escapement_rpc_calls_total',
    type: 'counter',
    help: 'Calls of methods marked @rpc, by outcome. Calls of a method that does not exist count for service and method "unknown".',
    labels: { ...ENTRYPOINT, outcome: RPC_OUTCOMES },
  },
  rpcDuration: {
    name: 'escapement_rpc_duration_seconds',
    type: 'histogram',
    help: 'From a call to its end, measured on the main thread; refused calls are not counted.',
    labels: ENTRYPOINT,
    buckets: RPC_DURATION_BOUNDS,
  },
  leader: {
    name: 'escapement_leader',
    type: 'gauge',
    help: '1 where this instance holds the lease, 0 where it does not.',
    labels: { lease: 'any' },
  },
  leaseEpoch: {
    name: 'escapement_lease_epoch',
    type: 'gauge',
    help: 'The epoch (fencing token) under which this instance holds or last held the lease; 0 when it never held it.',
    labels: { lease: 'any' },
  },
  leaseEvents: {
    name: 'escapement_lease_events_total',
    type: 'counter',
    help: 'Events of a lease on this instance.',
    labels: { lease: 'any', event: LEASE_EVENTS },
  },
  claims: {
    name: 'escapement_claims_total',
    type: 'counter',
    help: 'Ticks of entrypoints with scope cluster that this instance tried to claim, by result.',
    labels: { ...ENTRYPOINT, result: CLAIM_RESULTS },
  },
  queueTickets: {
    name: 'escapement_queue_tickets_total',
    type: 'counter',
    help: 'What happened to tickets (scope queue). kept, busy, unknown: offers, by the answer of the queue; redelivered: taken after another holder was lost; expired: not run, too late; refused: settlements that the queue did not accept, because the lock was lost; abandoned: tickets given up because their holders were lost.',
    labels: { ...ENTRYPOINT, event: TICKET_EVENTS },
  },
  queueDepth: {
    name: 'escapement_queue_depth',
    type: 'gauge',
    help: 'Tickets of the service in the queue, of all instances, by state. delayed: a retry that waits for its backoff.',
    labels: { service: 'any', state: QUEUE_STATES },
  },
  queueOldest: {
    name: 'escapement_queue_oldest_seconds',
    type: 'gauge',
    help: 'How long ago the oldest ticket that waits in the queue was due; 0 when none waits.',
    labels: { service: 'any' },
  },
  members: {
    name: 'escapement_members',
    type: 'gauge',
    help: 'Instances that run a service with Members, as this instance knows them, including itself; 0 while unknown.',
    labels: { service: 'any' },
  },
  schedulerLag: {
    name: 'escapement_scheduler_lag_seconds',
    type: 'histogram',
    help: 'How long after the moment of its alarm the scheduler woke up; an early wake-up counts as 0.',
    labels: {},
    buckets: SCHEDULER_LAG_BOUNDS,
  },
  eventLoopLag: {
    name: 'escapement_event_loop_lag_seconds',
    type: 'gauge',
    help: "How late timers fire on the scheduler's thread, from two samples a second since the previous scrape: the median, the 99th percentile, the longest.",
    labels: { stat: LAG_STATS },
  },
  clockJumps: {
    name: 'escapement_clock_jumps_total',
    type: 'counter',
    help: 'How often the wall clock was set or the machine was suspended.',
    labels: { direction: CLOCK_DIRECTIONS },
  },
  ledgerViolations: {
    name: 'escapement_ledger_violations_total',
    type: 'counter',
    help: 'Audits of a ledger that did not close. Any value but 0 is a bug in escapement.',
    labels: {},
  },
  staleRows: {
    name: 'escapement_stale_rows_total',
    type: 'counter',
    help: 'Times that a scrape took the values of a timer, method, service, pool or lease from the scrape before, because the main thread was in the middle of a change of them.',
    labels: {},
  },
  userMetricsDropped: {
    name: 'escapement_user_metric_updates_dropped_total',
    type: 'counter',
    help: "Dropped updates of services' own metrics. too_many_series: updates that would have needed one more series than the thread may have. conflict: metrics, counted once per thread, that are not exported because another metric already has the name.",
    labels: { reason: DROP_REASONS },
  },
  outputDropped: {
    name: 'escapement_output_lines_dropped_total',
    type: 'counter',
    help: 'Log lines, and pieces of output of console, that were not written. slow_reader: too many waited for the reader of the stream. no_space: the disk is full. closed: the reader has exited. no_admin_thread: too many waited for the admin thread to come back. slow_logger: too many waited for the logger of the program.',
    labels: { reason: OUTPUT_DROP_REASONS },
  },
  eventReadersDropped: {
    name: 'escapement_event_readers_dropped_total',
    type: 'counter',
    help: 'Readers of the event stream of the API that were disconnected because they did not take what was sent to them.',
    labels: {},
  },
  notifications: {
    name: 'escapement_notifications_total',
    type: 'counter',
    help: 'Notifications to the receiver of escapement.notify. sent: it took them; retried: requests that failed and were repeated; refused: it answered with 4xx; dropped: too many waited for it; lost: it still waited when the process ended.',
    labels: { result: NOTIFICATION_RESULTS },
  },
  heartbeats: {
    name: 'escapement_heartbeats_total',
    type: 'counter',
    help: 'Heartbeats of escapement.heartbeat. sent: the receiver answered; failed: it did not; withheld: something critical was wrong.',
    labels: { result: HEARTBEAT_RESULTS },
  },
  buildInfo: {
    name: 'escapement_build_info',
    type: 'gauge',
    help: 'Always 1; the labels contain the versions of escapement and of Node.',
    labels: { version: 'any', node: 'any' },
  },
} as const satisfies Record<string, MetricSpec>
