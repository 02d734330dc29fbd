import { expect, it } from 'vitest'
import { leaseViews, serviceViews, statusView } from '../../../src/admin/views/engine-views.js'
import { type Catalogue, catalogueOf } from '../../../src/counters/catalogue.js'
import { Counters } from '../../../src/counters/counters.js'
import { CounterReader, type Snapshot } from '../../../src/counters/reader.js'
import { Events } from '../../../src/kernel/events.js'
import type { QueueDepth } from '../../../src/kernel/ticket.js'
import type { Change } from '../../../src/observe/changes/change.js'
import { InstanceQueue } from '../../../src/supervise/queue/instance-queue.js'
import type { TicketClient } from '../../../src/supervise/queue/ticket-client.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { queued } from '../../support/queue-simulation.js'
import { serviceDefinition } from '../../support/service.js'
import { timerDefinition } from '../../support/timer.js'
import { NOW } from './facts.js'

it('a lease tells its own last event, though the sentence about another lease names it', () => {
  const catalogue = { leases: [{ lease: 'job' }, { lease: 'job.nightly' }] } as unknown as Catalogue
  const snapshot = { at: () => 0, word: () => 0 } as unknown as Snapshot
  const change = (name: string, event: 'acquired' | 'lost', text: string, at: number): Change => ({
    at,
    kind: 'lease',
    level: 'ok',
    text,
    lease: { name, event },
  })
  const changes = [
    change('job', 'acquired', 'lease job: acquired (epoch 3)', NOW - 2),
    change('job.nightly', 'lost', 'lease job.nightly: lost: the job took too long', NOW - 1),
    { at: NOW, kind: 'coordination', level: 'warning', text: 'the coordination store does not work: job' } as const,
  ]
  expect(leaseViews(catalogue, snapshot, changes)).toMatchObject([
    { lease: 'job', event: 'acquired', text: 'lease job: acquired (epoch 3)', at: NOW - 2 },
    { lease: 'job.nightly', event: 'lost', at: NOW - 1 },
  ])
})

/** Services, and the counters when the store has told these depths. */
function servicesWith(depths: Readonly<Record<string, QueueDepth>>) {
  const services = [
    serviceDefinition({ timers: [queued({ service: 'mail' })] }),
    serviceDefinition({ timers: [timerDefinition({ service: 'plain' })] }),
    serviceDefinition({ timers: [queued({ service: 'thumbnails' })] }),
  ]
  const counters = new Counters(catalogueOf(services))
  const queue = new InstanceQueue({
    settings: { offer: true, take: true, delivery: 'at-least-once', lock: 15_000_000, isLockOfCoordination: true },
    clockMargin: 0,
    connect: () => ({ depths: () => new Map(Object.entries(depths)) }) as unknown as TicketClient,
    ...{ services, counters, events: new Events(), threadsUp: () => 1 },
    clock: new VirtualClock({ wall: NOW }),
  })
  queue.writeDepths()
  const snapshot = new CounterReader(counters.catalogue, counters.memory).snapshot()
  return { services, catalogue: counters.catalogue, snapshot }
}

const EMPTY = { waiting: 0, active: 0, delayed: 0, oldestSeconds: 0 }

it.each<[what: string, depth: QueueDepth | undefined, expected: object]>([
  ['no depth has been told yet', undefined, EMPTY],
  ['the queue is empty', { waiting: 0, active: 0, delayed: 0, oldestDueAt: undefined }, EMPTY],
  [
    'tickets wait, run and wait for a retry',
    { waiting: 3, active: 2, delayed: 1, oldestDueAt: NOW - 61_500 },
    { waiting: 3, active: 2, delayed: 1, oldestSeconds: 61.5 },
  ],
  [
    'the oldest ticket is due by a clock that is ahead of this one',
    { waiting: 1, active: 0, delayed: 0, oldestDueAt: NOW + 2_000 },
    { ...EMPTY, waiting: 1 },
  ],
])('a service with scope queue, and no other, shows its queue when %s', (_what, depth, expected) => {
  const { services, catalogue, snapshot } = servicesWith(depth ? { thumbnails: depth } : {})
  const shown = serviceViews(services, catalogue, snapshot).map(({ name, queue }) => [name, queue])
  expect(Object.fromEntries(shown)).toEqual({ mail: EMPTY, plain: undefined, thumbnails: expected })
})

it('the status names the service whose tickets wait while no instance runs any', () => {
  const { catalogue, snapshot } = servicesWith({
    mail: { waiting: 4, active: 1, delayed: 0, oldestDueAt: NOW - 90_000 },
    thumbnails: { waiting: 3, active: 0, delayed: 0, oldestDueAt: NOW - 61_500 },
  })
  const { verdict } = statusView({
    situation: { timers: [], threads: [], health: { live: true, ready: true, problems: [] } },
    process: { instance: 'i-1', startedAt: NOW, pid: 7, host: 'box', version: '0.1.0', node: 'v20.19.0' },
    ...{ catalogue, snapshot, services: 3, canControl: false, dropped: {}, now: NOW },
  })
  expect(verdict).toMatchObject({
    level: 'critical',
    text: expect.stringContaining('3 tickets of thumbnails wait in the queue and no instance runs any'),
    problems: [{ kind: 'not_taken' }],
  })
})
