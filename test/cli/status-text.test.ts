import { expect, it } from 'vitest'
import type { Status } from '../../src/admin/api/schemas.js'
import { statusText } from '../../src/cli/online/status.js'

const NOW = Date.UTC(2026, 0, 5, 12)
const HUNG = {
  kind: 'hung',
  level: 'critical',
  text: 'svc.a hangs.',
  since: NOW - 720_000,
  entrypoint: 'svc.a',
} as const
const LATE = { kind: 'late', level: 'warning', text: 'svc.b starts late.', entrypoint: 'svc.b' } as const
const FAILED = {
  kind: 'failing',
  level: 'critical',
  text: 'svc.c fails.',
  since: NOW - 5_000,
  entrypoint: 'svc.c',
} as const
const PAUSED = { kind: 'paused', level: 'ok', text: 'svc.d is paused.', entrypoint: 'svc.d' } as const

const TOTALS = {
  services: 1,
  entrypoints: 3,
  ...{ due: 9, taken: 0, skipped: 1, handedOver: 0, returned: 0, runs: 8, failed: 2, active: 0, pending: 0 },
}

const lines = (verdict: Status['verdict'], totals: Status['totals'] = TOTALS) =>
  statusText({
    instance: 'i-1',
    version: '0.1.0',
    node: 'v20.19.0',
    startedAt: NOW - 60_000,
    at: NOW,
    pid: 7,
    host: 'box',
    verdict,
    totals,
    canControl: false,
    dropped: {},
  }).split('\n')

it('the verdict tells the worst problem once, and the others follow with the time that they last', () => {
  const problems = [HUNG, FAILED, LATE]
  expect(lines({ level: 'critical', text: 'svc.a hangs. 2 more problems.', problems }).slice(0, 3)).toEqual([
    'critical: svc.a hangs. 2 more problems.',
    '  critical, for 5s: svc.c fails.',
    '  warning: svc.b starts late.',
  ])
})

it('when all is well, what is paused is listed', () => {
  expect(lines({ level: 'ok', text: 'All 2 entrypoints are well; 1 is paused.', problems: [PAUSED] })[1]).toBe(
    '  ok: svc.d is paused.',
  )
})

it('the ledger of an instance that uses the queue closes in what the status tells', () => {
  const ok: Status['verdict'] = { level: 'ok', text: 'The one entrypoint is well.', problems: [] }
  const totals = {
    services: 1,
    entrypoints: 1,
    ...{ due: 20, taken: 10, skipped: 12, handedOver: 7, returned: 2, runs: 6, failed: 1, active: 2, pending: 1 },
  }
  expect(lines(ok, totals).slice(1, 3)).toEqual([
    '1 service, 1 entrypoint; 20 ticks due, 12 skipped, 6 runs ended, 1 of them not well, 2 in progress, 1 waiting',
    'queue: 7 ticks handed over, 10 tickets taken, 2 of them returned',
  ])
  const [scheduler, worker] = [{ handedOver: 1 }, { taken: 1 }]
  expect(lines(ok, { ...TOTALS, ...scheduler })[2]).toBe(
    'queue: 1 tick handed over, 0 tickets taken, 0 of them returned',
  )
  expect(lines(ok, { ...TOTALS, ...worker })[2]).toBe('queue: 0 ticks handed over, 1 ticket taken, 0 of them returned')
})

it('an instance that does not use the queue says nothing of it', () => {
  expect(lines({ level: 'ok', text: 'All is well.', problems: [] }).join('\n')).not.toContain('queue')
})
