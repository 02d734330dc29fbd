/**
 * Writes into the counters what is not written when it changes, because it changes with every tick or with the time alone: threads by
 * state, leads, leases held, members, the depths of queues, the lag of the event loop.
 *
 * Called at the audit, at the start of a scrape, and when a thread, a lease or a list of members has changed.
 */
import { wordOfEach } from '../../counters/enum-words.js'
import { LEASE_ROW, POOL_ROW, PROCESS_ROW, SERVICE_ROW } from '../../counters/row-shapes.js'
import type { Events } from '../../kernel/events.js'
import type { Seconds } from '../../kernel/time.js'
import { THREAD_STATES } from '../../kernel/view.js'
import { LAG_STATS, type LagStat } from '../../kernel/vocabulary.js'
import type { Pool } from '../../pool/pool.js'
import type { Running } from '../assemble.js'
import type { PoolThreads } from '../make-pools.js'

const THREADS = wordOfEach(POOL_ROW.at.threads, THREAD_STATES)
const LAG = wordOfEach(PROCESS_ROW.at.eventLoopLag, LAG_STATS)

export function writeSampled(running: Running<PoolThreads>, lag: Readonly<Record<LagStat, Seconds>>): void {
  for (const pool of running.threads.pools) writeThreads(running, pool)
  writeLeases(running)
  writeMembers(running)
  running.queue?.writeDepths()
  for (const stat of LAG_STATS) running.counters.process.set(LAG[stat], lag[stat])
}

/** Writes gauges again whenever an event says that they have changed. */
export function writeWhenChanged(running: Running<PoolThreads>, events: Events): void {
  for (const name of ['thread.started', 'thread.exited', 'thread.zombie'] as const) {
    events.on(name, (event) => {
      const pool = running.threads.pools.find(({ name }) => name === event.pool)
      if (pool) writeThreads(running, pool)
    })
  }
  events.on('lease.changed', () => writeLeases(running))
  events.on('members.changed', () => writeMembers(running))
}

function writeThreads({ counters }: Running, pool: Pool): void {
  const row = counters.pool(pool.name)
  row.begin()
  for (const state of THREAD_STATES) row.set(THREADS[state], 0)
  for (const { state } of pool.view()) row.add(THREADS[state], 1)
  row.set(POOL_ROW.at.lead, pool.lead)
  row.end()
}

function writeLeases({ coordinator, counters }: Running): void {
  for (const { lease, isLeader, epoch } of coordinator.leases()) {
    const row = counters.lease(lease)
    row.set(LEASE_ROW.at.leader, isLeader ? 1 : 0)
    row.set(LEASE_ROW.at.epoch, Number(epoch))
  }
}

function writeMembers({ coordinator, counters }: Running): void {
  for (const { service, count } of coordinator.memberCounts())
    counters.service(service).set(SERVICE_ROW.at.members, count)
}
