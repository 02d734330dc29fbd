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

const lines = (verdict: Status['verdict']) =>
  statusText({
    instance: 'i-1',
    version: '0.1.0',
    node: 'v20.19.0',
    startedAt: NOW - 60_000,
    at: NOW,
    pid: 7,
    host: 'box',
    verdict,
    totals: { services: 1, entrypoints: 3, due: 9, skipped: 1, runs: 8, failed: 2, active: 0 },
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
