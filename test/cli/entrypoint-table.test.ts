import { describe, expect, it } from 'vitest'
import { entrypointTable } from '../../src/cli/entrypoint-table.js'
import type { ServiceDefinition, TimerDefinition } from '../../src/kernel/definitions.js'
import { timerDefinition } from '../support/timer.js'

const NOW = Date.UTC(2026, 2, 28, 12)

/** The two last columns of the table of one timer. */
function dueAndZone(given: Partial<TimerDefinition>): string[] {
  const service = { name: 'svc', pool: 'svc', threads: 1, timers: [timerDefinition(given)], rpcs: [] }
  const [head, row] = entrypointTable([service as unknown as ServiceDefinition], NOW).split('\n')
  const [due, zone] = [head!.indexOf('NEXT DUE'), head!.indexOf('ZONE')]
  return [row!.slice(due, zone).trim(), row!.slice(zone)]
}

const cron = (expression: string, timezone = 'Europe/Paris') => ({
  schedule: { kind: 'cron', expression, timezone } as const,
})
const interval = (given: object) => ({
  schedule: { kind: 'interval', interval: 600_000_000, align: false, ...given } as const,
})
const PARIS = 'Europe/Paris'
const saturdays = { days: ['sat'], fromMinute: 0, toMinute: 1440, timezone: PARIS } as const

describe('entrypointTable', () => {
  it.each<[given: Partial<TimerDefinition>, due: string, zone: string]>([
    [cron('30 2 * * *'), '2026-03-29 03:00:00 +02:00', PARIS],
    [cron('0 9 * * *', 'America/St_Johns'), '2026-03-29 09:00:00 -02:30', 'America/St_Johns'],
    [{ ...cron('0 9 * * *'), window: saturdays }, '2026-04-04 09:00:00 +02:00', PARIS],
    [{ ...cron('0 9 * * sun'), window: saturdays }, 'none in its window', '-'],
    [
      { schedule: { kind: 'anchored', from: '2026-03-16T09:00:00', step: { days: 14 }, timezone: PARIS } },
      '2026-03-30 09:00:00 +02:00',
      PARIS,
    ],
    [interval({ align: true }), '2026-03-28 12:10:00 +00:00', 'UTC'],
    [interval({ align: true, shift: 1_500_000 }), '2026-03-28 12:00:01.500 +00:00', 'UTC'],
    [interval({}), '10m after the start', '-'],
    [interval({ shift: 7_000_000 }), '7s after the start', '-'],
    [{ ...interval({}), eager: true }, 'at the start', '-'],
    [{ schedule: { kind: 'adaptive', initial: 2_000_000 } }, '2s after the start', '-'],
  ])('entrypointTable shows when a timer is due next, and in which zone: %j', (given, due, zone) => {
    expect(dueAndZone(given)).toEqual([due, zone])
  })

  it('entrypointTable shows the names of the timers of one method', () => {
    const timers = ['morning', 'evening'].map((name) => timerDefinition({ method: 'report', name }))
    const service = { name: 'svc', pool: 'svc', threads: 1, timers, rpcs: [] }
    expect(entrypointTable([service as unknown as ServiceDefinition])).toMatch(/report#morning[\s\S]*report#evening/)
  })
})
