/** The state of the process, of its services, leases and members. Pure. */
import type { Catalogue } from '../../counters/catalogue.js'
import { wordOfEach } from '../../counters/enum-words.js'
import type { Snapshot } from '../../counters/reader.js'
import { LEASE_ROW, PROCESS_ROW, SERVICE_ROW } from '../../counters/row-shapes.js'
import type { ServiceDefinition } from '../../kernel/definitions.js'
import { THREAD_END_REASONS } from '../../kernel/events.js'
import { QUEUE_STATES } from '../../kernel/ticket.js'
import type { Millis } from '../../kernel/time.js'
import { LAG_STATS } from '../../kernel/vocabulary.js'
import type { ProcessFacts } from '../../observe/admin-protocol.js'
import type { Change, Lease, Members, Service, Status } from '../api/schemas.js'
import type { TimerFacts } from './timer-facts.js'
import { type QueueFacts, type Situation, verdictOf } from './verdict.js'

export interface StatusSources {
  readonly situation: Pick<Situation, 'timers' | 'threads' | 'health'>
  readonly catalogue: Catalogue
  readonly snapshot: Snapshot
  readonly process: ProcessFacts
  /** Number of services. */
  readonly services: number
  readonly canControl: boolean
  readonly dropped: Readonly<Record<string, number>>
  readonly now: Millis
}

export function statusView({
  situation,
  catalogue,
  snapshot,
  process,
  services,
  canControl,
  dropped,
  now,
}: StatusSources): Status {
  const row = snapshot.at('process', 0)
  const loopLag = snapshot.word(row + PROCESS_ROW.at.eventLoopLag + LAG_STATS.indexOf('p99')) * 1_000
  const ledgerViolations = snapshot.word(row + PROCESS_ROW.at.ledgerViolations)
  return {
    ...process,
    at: now,
    verdict: verdictOf({ ...situation, loopLag, ledgerViolations, queues: queuesOf(catalogue, snapshot) }, now),
    totals: { services, entrypoints: situation.timers.length, ...totalsOf(situation.timers) },
    canControl,
    dropped: { ...dropped },
  }
}

function totalsOf(timers: readonly TimerFacts[]): Omit<Status['totals'], 'services' | 'entrypoints'> {
  const sum = (of: (ledger: TimerFacts['ledger']) => number) => timers.reduce((total, one) => total + of(one.ledger), 0)
  const all = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, one) => total + one, 0)
  return {
    due: sum(({ due }) => due),
    taken: sum(({ taken }) => taken),
    skipped: sum(({ skipped }) => all(skipped)),
    handedOver: sum(({ handedOver }) => handedOver),
    returned: sum(({ returned }) => returned),
    runs: sum(({ runs }) => all(runs)),
    failed: sum(({ runs }) => runs.failed + runs.timed_out + runs.crashed),
    active: sum(({ active }) => active),
    pending: sum(({ pending }) => pending),
  }
}

export function serviceViews(
  services: readonly ServiceDefinition[],
  catalogue: Catalogue,
  snapshot: Snapshot,
): Service[] {
  const indexes = new Map(catalogue.services.map(({ service }, index) => [service, index]))
  return services.map(({ name, pool, module, threads, timers, rpcs }) => {
    const row = snapshot.at('services', indexes.get(name)!)
    return {
      name,
      pool,
      module,
      threads,
      entrypoints: timers.map(({ id }) => id),
      rpcs: rpcs.map(({ id }) => id),
      ...(timers.some(({ scope }) => scope === 'queue') && { queue: queueView(snapshot, row) }),
      restarts: THREAD_END_REASONS.reduce((sum, _, at) => sum + snapshot.word(row + SERVICE_ROW.at.restarts + at), 0),
    }
  })
}

const DEPTH = wordOfEach(SERVICE_ROW.at.queueDepth, QUEUE_STATES)

function queueView(snapshot: Snapshot, row: number): NonNullable<Service['queue']> {
  const { waiting, active, delayed } = DEPTH
  return {
    waiting: snapshot.word(row + waiting),
    active: snapshot.word(row + active),
    delayed: snapshot.word(row + delayed),
    oldestSeconds: snapshot.word(row + SERVICE_ROW.at.queueOldest),
  }
}

function queuesOf(catalogue: Catalogue, snapshot: Snapshot): QueueFacts[] {
  return catalogue.services.map(({ service }, index) => {
    return { service, ...queueView(snapshot, snapshot.at('services', index)) }
  })
}

/** @param changes oldest first. */
export function leaseViews(catalogue: Catalogue, snapshot: Snapshot, changes: readonly Change[]): Lease[] {
  return catalogue.leases.map(({ lease }, index) => {
    const row = snapshot.at('leases', index)
    const last = changes.findLast((change) => change.lease?.name === lease)
    return {
      lease,
      isLeader: snapshot.word(row + LEASE_ROW.at.leader) === 1,
      epoch: snapshot.word(row + LEASE_ROW.at.epoch),
      ...(last?.lease && { event: last.lease.event, text: last.text, at: last.at }),
    }
  })
}

export function memberViews(catalogue: Catalogue, snapshot: Snapshot): Members[] {
  return catalogue.services.flatMap(({ service, hasMembers }, index) =>
    hasMembers ? [{ service, count: snapshot.word(snapshot.at('services', index) + SERVICE_ROW.at.members) }] : [],
  )
}
