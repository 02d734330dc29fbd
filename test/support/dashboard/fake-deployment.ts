/** Deployments for tests of the dashboard: one in which all is well, one in which much is broken. */
import type { Change, FoldedError, Lease, Members, Service, Thread, Verdict } from '../../../src/admin/api/schemas.js'
import type { FakeEntrypoint, Pattern } from './fake-entrypoints.js'

export interface FakeDeployment {
  readonly verdict: Verdict
  readonly entrypoints: readonly FakeEntrypoint[]
  readonly threads: readonly Thread[]
  /** Of services with scope `queue`. */
  readonly queues?: Readonly<Record<string, NonNullable<Service['queue']>>>
  readonly leases: readonly Lease[]
  readonly members: readonly Members[]
  readonly changes: readonly Change[]
}

const MINUTE = 60_000
const WELL: Pattern = [['completed', 16, 3_200]]

const well = (id: string, intervalMs: number): FakeEntrypoint => ({
  ...{ id, intervalMs, level: 'ok', text: 'runs as planned', pattern: WELL },
})

export function healthyDeployment(now: number): FakeDeployment {
  return {
    verdict: { level: 'ok', text: 'All 4 entrypoints are healthy.', problems: [] },
    entrypoints: [
      well('prices.refresh', 1_000),
      well('cache.warm', 5_000),
      well('mail.digest', 60_000),
      well('audit.rotate', 30_000),
    ],
    threads: ['prices', 'cache', 'mail', 'audit'].map(
      (pool, index): Thread => ({ pool, services: [pool], slot: 0, state: 'idle', threadId: index + 2, restarts: 0 }),
    ),
    leases: [],
    members: [],
    changes: [
      { at: now - 40 * MINUTE, kind: 'started', level: 'ok', text: 'started version 2.4.1 with 4 entrypoints' },
    ],
  }
}

const REFUSED: FoldedError = {
  error: {
    name: 'Error',
    code: 'ECONNREFUSED',
    message: 'connect ECONNREFUSED 10.0.3.17:443',
    stack:
      'Error: connect ECONNREFUSED 10.0.3.17:443\n    at TCPConnectWrap.afterConnect (node:net:1611:16)\n    at Billing.charge (services/billing.ts:41:11)',
  },
  count: 43,
  firstAt: 0,
  lastAt: 0,
  lastTick: 'billing.charge@2026-11-27T03:00:00.000Z',
  lines: [
    '{"level":30,"time":1795748400000,"msg":"charging 17 invoices","service":"billing"}',
    '{"level":50,"time":1795748400012,"msg":"the bank does not answer","host":"10.0.3.17"}',
  ],
}

export function brokenDeployment(now: number): FakeDeployment {
  const since = now - 12 * MINUTE
  return {
    queues: { images: { waiting: 12, active: 2, delayed: 1, oldestSeconds: 95 } },
    verdict: {
      level: 'critical',
      text: 'billing.charge has failed 43 times in a row, and 3 more entrypoints need attention.',
      since,
      problems: [
        {
          kind: 'failing',
          level: 'critical',
          text: 'has failed 43 times in a row',
          since,
          entrypoint: 'billing.charge',
        },
        {
          kind: 'quarantined',
          level: 'critical',
          text: 'is quarantined: it crashed its thread 3 times',
          since,
          entrypoint: 'images.resize',
        },
        {
          kind: 'store',
          level: 'critical',
          text: 'the coordination store does not answer: nobody leads',
          since: now - 4 * MINUTE,
        },
        {
          kind: 'failed_once',
          level: 'warning',
          text: 'was killed 2 times after its time-out',
          since,
          entrypoint: 'report.build',
        },
        { kind: 'paused', level: 'warning', text: 'is paused', since: now - 3 * MINUTE, entrypoint: 'mail.digest' },
      ],
    },
    entrypoints: [
      {
        ...well('billing.charge', 15_000),
        ...{ level: 'critical', text: '43 failures in a row', pattern: [['failed', 22, 12_000]] },
        differs: { consecutiveFailures: 43, status: { level: 'critical', text: '43 failures in a row', since } },
        detail: { errors: [{ ...REFUSED, firstAt: since, lastAt: now - 15_000 }] },
        facts: [
          'Its last error was Error (ECONNREFUSED): connect ECONNREFUSED 10.0.3.17:443, at Billing.charge (services/billing.ts:41:11).',
          'A run that fails is not tried again: retry has 1 attempt.',
        ],
      },
      {
        ...well('images.resize', 2_000),
        ...{ level: 'critical', text: 'quarantined after 3 crashes' },
        pattern: [['quarantined', null, null]],
        differs: { circuit: 'open' },
      },
      {
        ...well('report.build', 10_000),
        ...{ level: 'warning', text: '2 runs timed out' },
        pattern: [
          ['completed', 18, 900_000],
          ['timed_out', 20, 2_100_000],
          ['running', null, null],
          ['superseded', null, null],
          ['completed', 4_000, 950_000],
        ],
        differs: { timeoutMs: 2_000, active: 1 },
      },
      {
        ...well('mail.digest', 60_000),
        ...{ level: 'warning', text: 'paused' },
        pattern: [...Array(12).fill(['completed', 15, 80_000]), ['paused', null, null], ['paused', null, null]],
        differs: {
          pause: { at: now - 3 * MINUTE, by: 'anna', reason: 'the mail server is moved', kept: 'deployment' },
        },
      },
      well('prices.refresh', 1_000),
      well('cache.warm', 5_000),
    ],
    threads: [
      { pool: 'billing', services: ['billing'], slot: 0, state: 'idle', threadId: 2, restarts: 0 },
      {
        ...{ pool: 'images', services: ['images'], slot: 0, state: 'restarting', restarts: 3 },
        problem: 'the last thread ended with exit code 1 during images.resize',
      },
      { pool: 'report', services: ['report'], slot: 0, state: 'busy', threadId: 11, restarts: 2 },
      { pool: 'shared', services: ['mail', 'prices', 'cache'], slot: 0, state: 'idle', threadId: 4, restarts: 0 },
    ],
    leases: [{ lease: 'billing', isLeader: false, epoch: 7, event: 'renew_failed', at: now - 4 * MINUTE }],
    members: [{ service: 'billing', count: 0 }],
    changes: [
      { at: now - 3 * MINUTE, kind: 'pause', level: 'warning', text: 'paused', entrypoint: 'mail.digest', by: 'anna' },
      { at: now - 4 * MINUTE, kind: 'coordination', level: 'critical', text: 'the store does not answer' },
      {
        at: now - 11 * MINUTE,
        kind: 'thread',
        level: 'warning',
        text: 'the thread of images was restarted',
        service: 'images',
      },
      { at: now - 40 * MINUTE, kind: 'started', level: 'ok', text: 'started version 2.4.1 with 6 entrypoints' },
    ],
  }
}

/** Many entrypoints of which all are well. */
export function largeDeployment(now: number, count: number): FakeDeployment {
  const entrypoints = Array.from({ length: count }, (_, index) => well(`service_${index % 25}.job_${index}`, 1_000))
  return { ...healthyDeployment(now), entrypoints }
}
