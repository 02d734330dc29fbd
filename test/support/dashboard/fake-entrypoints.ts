/** Views of a deployment that does not exist, for tests of the dashboard. */
import type { Cell, Entrypoint, EntrypointDetail, Level, Tick } from '../../../src/admin/api/schemas.js'
import { OUTCOMES, SKIP_REASONS } from '../../../src/kernel/vocabulary.js'

export const ENDS: readonly string[] = [...OUTCOMES, ...SKIP_REASONS]

/** What became of the last ticks, the newest last, repeated until there are 60. */
export type Pattern = readonly (readonly [end: string, latenessUs: number | null, durationUs: number | null])[]

export interface FakeEntrypoint {
  readonly id: string
  readonly level: Level
  readonly text: string
  readonly intervalMs: number
  readonly pattern: Pattern
  /** Whatever else is to differ from a healthy entrypoint. */
  readonly differs?: Partial<Entrypoint>
  readonly detail?: Partial<EntrypointDetail>
  /** What else the question why is answered with. */
  readonly facts?: readonly string[]
}

export function cellsOf({ pattern, intervalMs }: FakeEntrypoint, now: number, count = 60): Cell[] {
  return Array.from({ length: count }, (_, index) => {
    const [end, latenessUs, durationUs] = pattern[index % pattern.length]!
    // Some spread, the same in every run.
    const spread = 1 + ((index * 7) % 11) / 20
    const scaled = (value: number | null) => (value === null ? null : Math.round(value * spread))
    return [now - (count - index) * intervalMs, ENDS.indexOf(end), 1, scaled(latenessUs), scaled(durationUs)]
  })
}

export function entrypointOf(fake: FakeEntrypoint, now: number, cells: readonly Cell[]): Entrypoint {
  const [service = '', method = ''] = fake.id.split('.')
  const count = (end: string) => cells.filter(([, index]) => ENDS[index] === end).length
  const counts = (words: readonly string[]) => Object.fromEntries(words.map((word) => [word, count(word)]))
  const lastOf = (isIt: (end: string) => boolean) => cells.findLast(([, index]) => isIt(ENDS[index]!))?.[0]
  const lastSuccessAt = lastOf((end) => end === 'completed')
  const lastFailureAt = lastOf((end) => end === 'failed' || end === 'timed_out' || end === 'crashed')
  return {
    id: fake.id,
    service,
    method,
    schedule: `every ${fake.intervalMs / 1_000}s`,
    overlap: 'skip',
    missed: 'skip',
    scope: 'instance',
    intervalMs: fake.intervalMs,
    status: { level: fake.level, text: fake.text },
    circuit: 'closed',
    consecutiveFailures: 0,
    active: 0,
    pending: 0,
    nextDueAt: now + fake.intervalMs,
    ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }),
    ...(lastFailureAt === undefined ? {} : { lastFailureAt }),
    ledger: {
      due: cells.length,
      taken: 0,
      handedOver: 0,
      returned: 0,
      skipped: counts(SKIP_REASONS),
      runs: counts(OUTCOMES),
      active: 0,
      pending: 0,
    },
    lateness: { p50Ms: 0.016, p99Ms: 0.09 },
    duration: { p50Ms: 3.2, p99Ms: 9.5 },
    ...fake.differs,
  }
}

export function ticksOf(id: string, cells: readonly Cell[]): Tick[] {
  return cells
    .map(([dueAt, index, count, latenessUs, durationUs], sequence): Tick => {
      const end = ENDS[index]!
      const isRun = index < OUTCOMES.length
      const tick = { id: `${id}@${new Date(dueAt).toISOString()}`, entrypoint: id, sequence, dueAt, count }
      if (!isRun) return { ...tick, decision: 'skipped', reason: end as NonNullable<Tick['reason']> }
      const latenessMs = (latenessUs ?? 0) / 1_000
      const durationMs = (durationUs ?? 0) / 1_000
      const startedAt = dueAt + latenessMs
      return {
        ...tick,
        ...{ decision: 'run', outcome: end as NonNullable<Tick['outcome']>, latenessMs, durationMs, startedAt },
        ...{ endedAt: startedAt + durationMs, attempts: 1, threadId: 3 },
        ...(end === 'timed_out' ? { cause: 'timeout' } : {}),
      }
    })
    .reverse()
}
