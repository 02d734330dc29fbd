/** Counts events of the engine that happen seldom, compared with ticks, in the rows that they concern. */
import { type Events, THREAD_END_REASONS } from '../kernel/events.js'
import { RPC_OUTCOMES } from '../kernel/rpc.js'
import { CLAIM_RESULTS, CLOCK_DIRECTIONS, LEASE_EVENTS } from '../kernel/vocabulary.js'
import { UNKNOWN_RPC } from './catalogue.js'
import type { Counters } from './counters.js'
import { wordOfEach } from './enum-words.js'
import { RPC_DURATION_BOUNDS } from './histogram-bounds.js'
import { LEASE_ROW, PROCESS_ROW, RPC_ROW, SERVICE_ROW, TIMER_ROW } from './row-shapes.js'

const CALLS = wordOfEach(RPC_ROW.at.calls, RPC_OUTCOMES)
const RESTARTS = wordOfEach(SERVICE_ROW.at.restarts, THREAD_END_REASONS)
const EVENTS = wordOfEach(LEASE_ROW.at.events, LEASE_EVENTS)
const CLAIMS = wordOfEach(TIMER_ROW.at.claims, CLAIM_RESULTS)
const JUMPS = wordOfEach(PROCESS_ROW.at.clockJumps, CLOCK_DIRECTIONS)

export function countEvents(events: Events, counters: Counters): void {
  events.on('rpc.ended', ({ isKnown, service, method, outcome, duration }) => {
    const called = isKnown ? { service, method } : UNKNOWN_RPC
    const row = counters.rpc(called.service, called.method)
    row.begin()
    row.add(CALLS[outcome], 1)
    if (outcome !== 'refused') row.observe(RPC_ROW.at.duration, RPC_DURATION_BOUNDS, duration)
    row.end()
  })
  events.on('thread.exited', ({ services, reason, restartIn }) => {
    if (restartIn === undefined) return
    for (const service of services) counters.service(service).count(RESTARTS[reason])
  })
  events.on('lease.changed', ({ lease, event }) => {
    counters.lease(lease).count(EVENTS[event])
  })
  events.on('claim.ended', ({ entrypoint, result }) => {
    counters.timerOf(entrypoint).count(CLAIMS[result])
  })
  events.on('clock.jumped', ({ direction }) => {
    counters.process.count(JUMPS[direction])
  })
  events.on('ledger.violated', () => counters.process.count(PROCESS_ROW.at.ledgerViolations))
}
