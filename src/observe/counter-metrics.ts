/** The metrics of {@link METRICS} whose values are counters in shared memory. */
import type { Catalogue } from '../counters/catalogue.js'
import { UNKNOWN_RPC } from '../counters/catalogue.js'
import { wordOfEach } from '../counters/enum-words.js'
import type { Snapshot } from '../counters/reader.js'
import {
  LEASE_ROW,
  METHOD_ROW,
  POOL_ROW,
  PROCESS_ROW,
  RPC_ROW,
  SERVICE_ROW,
  TIMER_ROW,
} from '../counters/row-shapes.js'
import { THREAD_END_REASONS } from '../kernel/events.js'
import { RPC_OUTCOMES } from '../kernel/rpc.js'
import { QUEUE_STATES, TICKET_EVENTS } from '../kernel/ticket.js'
import { type Millis, type Seconds, secondsFromMicros } from '../kernel/time.js'
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
import type { ExportedMetric } from './exported-metric.js'
import { METRICS } from './metric-table.js'
import { RowMetrics } from './row-metrics.js'

export function counterMetrics(catalogue: Catalogue, scrape: () => Promise<Snapshot>): ExportedMetric[] {
  return [
    ...timerMetrics(catalogue, scrape),
    ...methodMetrics(catalogue, scrape),
    ...threadMetrics(catalogue, scrape),
    ...leaseMetrics(catalogue, scrape),
    ...processMetrics(catalogue, scrape),
  ]
}

function timerMetrics(catalogue: Catalogue, scrape: () => Promise<Snapshot>): ExportedMetric[] {
  const { at } = TIMER_ROW
  const timers = new RowMetrics(catalogue, 'timers', scrape, ({ service, method }) => ({ service, method }))
  const queued = new RowMetrics(
    catalogue,
    'timers',
    scrape,
    ({ service, method }) => ({ service, method }),
    ({ series }) => series.tickets.length > 0,
  )
  return [
    timers.one(METRICS.ticksDue, at.due),
    queued.one(METRICS.ticksTaken, at.taken),
    queued.one(METRICS.ticksHandedOver, at.handedOver),
    queued.one(METRICS.ticksReturned, at.returned),
    queued.each(METRICS.queueTickets, 'event', wordOfEach(at.tickets, TICKET_EVENTS), ({ series }) => series.tickets),
    timers.each(METRICS.ticksSkipped, 'reason', wordOfEach(at.skipped, SKIP_REASONS), ({ series }) => series.skipped),
    timers.one(METRICS.ticksPending, at.pending),
    timers.each(METRICS.runs, 'outcome', wordOfEach(at.runs, OUTCOMES), ({ series }) => series.runs),
    timers.one(METRICS.runsActive, at.active),
    timers.one(METRICS.paused, at.paused),
    timers.histogram(METRICS.startLateness, at.lateness),
    timers.histogram(METRICS.runDuration, at.duration),
    timers.one(METRICS.lastSuccess, at.lastSuccess, unixSeconds),
    timers.one(METRICS.noSuccessSince, at.noSuccessSince, unixSeconds),
    timers.one(METRICS.nextTick, at.nextTick, unixSeconds),
    timers.one(METRICS.interval, at.interval, secondsFromMicros),
    timers.constant(METRICS.timeout, ({ timeout = 0 }) => secondsFromMicros(timeout)),
    timers.each(METRICS.aborts, 'cause', wordOfEach(at.aborts, ABORT_CAUSES), ({ series }) => series.aborts),
    timers.each(METRICS.retries, 'result', wordOfEach(at.retries, RETRY_RESULTS), ({ series }) => series.retries),
    timers.each(METRICS.claims, 'result', wordOfEach(at.claims, CLAIM_RESULTS), ({ series }) => series.claims),
  ]
}

function methodMetrics(catalogue: Catalogue, scrape: () => Promise<Snapshot>): ExportedMetric[] {
  const methods = new RowMetrics(catalogue, 'methods', scrape, ({ service, method }) => ({ service, method }))
  const { calls, duration } = RPC_ROW.at
  const isKnown = ({ service, method }: Catalogue['rpcs'][number]) =>
    service !== UNKNOWN_RPC.service || method !== UNKNOWN_RPC.method
  const rpcs = new RowMetrics(catalogue, 'rpcs', scrape, ({ service, method }) => ({ service, method }))
  const knownRpcs = new RowMetrics(catalogue, 'rpcs', scrape, ({ service, method }) => ({ service, method }), isKnown)
  return [
    methods.one(METRICS.circuitState, METHOD_ROW.at.circuit),
    methods.one(METRICS.consecutiveFailures, METHOD_ROW.at.consecutiveFailures),
    rpcs.each(METRICS.rpcCalls, 'outcome', wordOfEach(calls, RPC_OUTCOMES), (rpc) =>
      isKnown(rpc) ? RPC_OUTCOMES : ['refused'],
    ),
    knownRpcs.histogram(METRICS.rpcDuration, duration),
  ]
}

function threadMetrics(catalogue: Catalogue, scrape: () => Promise<Snapshot>): ExportedMetric[] {
  const services = new RowMetrics(catalogue, 'services', scrape, ({ service }) => ({ service }))
  const withMembers = new RowMetrics(
    catalogue,
    'services',
    scrape,
    ({ service }) => ({ service }),
    ({ hasMembers }) => hasMembers,
  )
  const withQueue = new RowMetrics(
    catalogue,
    'services',
    scrape,
    ({ service }) => ({ service }),
    ({ hasQueue }) => hasQueue,
  )
  const pools = new RowMetrics(catalogue, 'pools', scrape, ({ pool }) => ({ pool }))
  const restarts = wordOfEach(SERVICE_ROW.at.restarts, THREAD_END_REASONS)
  const threads = wordOfEach(POOL_ROW.at.threads, THREAD_STATES)
  return [
    services.each(METRICS.workerRestarts, 'reason', restarts, () => THREAD_END_REASONS),
    withQueue.each(
      METRICS.queueDepth,
      'state',
      wordOfEach(SERVICE_ROW.at.queueDepth, QUEUE_STATES),
      () => QUEUE_STATES,
    ),
    withQueue.one(METRICS.queueOldest, SERVICE_ROW.at.queueOldest),
    withMembers.one(METRICS.members, SERVICE_ROW.at.members),
    pools.each(METRICS.workers, 'state', threads, () => THREAD_STATES),
    pools.one(METRICS.lead, POOL_ROW.at.lead, secondsFromMicros),
  ]
}

function leaseMetrics(catalogue: Catalogue, scrape: () => Promise<Snapshot>): ExportedMetric[] {
  const leases = new RowMetrics(catalogue, 'leases', scrape, ({ lease }) => ({ lease }))
  const events = wordOfEach(LEASE_ROW.at.events, LEASE_EVENTS)
  return [
    leases.one(METRICS.leader, LEASE_ROW.at.leader),
    leases.one(METRICS.leaseEpoch, LEASE_ROW.at.epoch),
    leases.each(METRICS.leaseEvents, 'event', events, () => LEASE_EVENTS),
  ]
}

function processMetrics(catalogue: Catalogue, scrape: () => Promise<Snapshot>): ExportedMetric[] {
  const { at } = PROCESS_ROW
  const process = new RowMetrics(catalogue, 'process', scrape, () => ({}))
  const jumps = wordOfEach(at.clockJumps, CLOCK_DIRECTIONS)
  return [
    process.histogram(METRICS.schedulerLag, at.schedulerLag),
    process.each(METRICS.eventLoopLag, 'stat', wordOfEach(at.eventLoopLag, LAG_STATS), () => LAG_STATS),
    process.each(METRICS.clockJumps, 'direction', jumps, () => CLOCK_DIRECTIONS),
    process.one(METRICS.ledgerViolations, at.ledgerViolations),
  ]
}

/** 0 stays 0: it stands for a moment that does not exist. */
function unixSeconds(at: Millis): Seconds {
  return at / 1_000
}
