/**
 * The words of each kind of row. A word is a number of 8 bytes; word 0 of a row is its sequence word (row.ts).
 *
 *   enum counter     one word for each value, in the order of the enum in kernel/vocabulary.ts
 *   histogram        the observations in each bucket (not cumulative, +Inf last), then their sum
 *
 * Unused words of a row stay 0: which series of a row exist is said by the catalogue.
 */
import { THREAD_END_REASONS } from '../kernel/events.js'
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
import { DURATION_BOUNDS, LATENESS_BOUNDS, RPC_DURATION_BOUNDS, SCHEDULER_LAG_BOUNDS } from './histogram-bounds.js'

export interface RowShape<Field extends string = string> {
  /** The first word of each field. */
  readonly at: Readonly<Record<Field, number>>
  /** Number of words, the sequence word included. */
  readonly words: number
}

const histogram = (bounds: readonly number[]) => bounds.length + 2

/** Every timer has one. Counts only grow, except `active` and `pending`. */
export const TIMER_ROW = shape({
  due: 1,
  /** Tickets of the queue that this instance took to run; `handedOver` and `returned`: ticks that it gave to the queue. */
  taken: 1,
  handedOver: 1,
  returned: 1,
  active: 1,
  pending: 1,
  skipped: SKIP_REASONS.length,
  runs: OUTCOMES.length,
  aborts: ABORT_CAUSES.length,
  retries: RETRY_RESULTS.length,
  claims: CLAIM_RESULTS.length,
  tickets: TICKET_EVENTS.length,
  /** 1 while its ticks are skipped because it is paused, else 0. */
  paused: 1,
  /** In microseconds; 0 when none is known. */
  interval: 1,
  /** Wall time in milliseconds; 0: none. */
  nextTick: 1,
  lastSuccess: 1,
  /** Due moment of the first tick that still has no success after it (dispatch/success-wait.ts). */
  noSuccessSince: 1,
  /** Since when the oldest run is in progress, not before its due moment, on the monotonic clock in microseconds; 0: none is. */
  oldestRunSince: 1,
  lateness: histogram(LATENESS_BOUNDS),
  duration: histogram(DURATION_BOUNDS),
})

/** What the timers of a method share. */
export const METHOD_ROW = shape({
  /** Index in `CIRCUIT_STATES`. */
  circuit: 1,
  /** Index in `CIRCUIT_REASONS`; only while the circuit is not closed. */
  circuitReason: 1,
  /** When an open circuit lets a probe run, on the monotonic clock in microseconds; 0 while it is not open. */
  circuitUntil: 1,
  consecutiveFailures: 1,
})

/** A method that other services call. */
export const RPC_ROW = shape({ calls: RPC_OUTCOMES.length, duration: histogram(RPC_DURATION_BOUNDS) })

export const SERVICE_ROW = shape({
  restarts: THREAD_END_REASONS.length,
  members: 1,
  /** Tickets of the service in the queue, as last heard from the store. */
  queueDepth: QUEUE_STATES.length,
  /** How long ago the oldest ticket that waits was due when it was last looked at. Unit: seconds. 0: none waits. */
  queueOldest: 1,
})

export const POOL_ROW = shape({
  threads: THREAD_STATES.length,
  /** In microseconds. */
  lead: 1,
})

export const LEASE_ROW = shape({
  leader: 1,
  epoch: 1,
  events: LEASE_EVENTS.length,
  /** Since when no instance has held it, on the wall clock; 0 when one does, or when this instance does not watch that. */
  unheldSince: 1,
})

/** The process has one. */
export const PROCESS_ROW = shape({
  schedulerLag: histogram(SCHEDULER_LAG_BOUNDS),
  /** In seconds. */
  eventLoopLag: LAG_STATS.length,
  clockJumps: CLOCK_DIRECTIONS.length,
  ledgerViolations: 1,
})

/** A record of tick-ring.ts. */
export const RECENT_TICK = shape({
  /** Number of the record, from 1. */
  position: 1,
  timer: 1,
  /** Number of the tick. */
  sequence: 1,
  dueMono: 1,
  dueWall: 1,
  /** Index in `TICK_ENDS`. */
  end: 1,
  /** Index of the outcome, of the skip reason or of the return reason. */
  kind: 1,
  /** Attempts of a run, number of the attempt of a ticket that went back, or number of ticks that were skipped. */
  count: 1,
  /** NaN: none. */
  startedAt: 1,
  endedAt: 1,
  threadId: 1,
  /** When the main thread booked the end of the run. */
  bookedAt: 1,
  /** Index of the abort cause; -1: the run was not aborted. */
  cause: 1,
})

function shape<const Field extends string>(lengths: Readonly<Record<Field, number>>): RowShape<Field> {
  let words = 1
  const at = {} as Record<Field, number>
  for (const field of Object.keys(lengths) as Field[]) {
    at[field] = words
    words += lengths[field]
  }
  return { at, words }
}
