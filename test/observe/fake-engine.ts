import type { RunEnded, TickSkipped } from '../../src/kernel/events.js'

export function aRun(entrypoint: string, changes: Partial<RunEnded> = {}): RunEnded {
  const [service, method] = entrypoint.split('.') as [string, string]
  return {
    entrypoint,
    service,
    method,
    sequence: 7,
    dueWall: Date.UTC(2026, 0, 2, 3, 4, 5, 600),
    lateness: 0.000_02,
    duration: 0.003,
    computed: undefined,
    outcome: 'completed',
    attempt: 1,
    error: undefined,
    threadId: 4,
    ...changes,
  }
}

export function aSkip(entrypoint: string, changes: Partial<TickSkipped> = {}): TickSkipped {
  const [service, method] = entrypoint.split('.') as [string, string]
  return {
    entrypoint,
    service,
    method,
    reason: 'running',
    count: 1,
    sequence: 7,
    dueWall: Date.UTC(2026, 0, 2, 3, 4, 5, 600),
    ...changes,
  }
}
