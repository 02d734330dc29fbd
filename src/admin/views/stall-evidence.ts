/** Collects what is known of the time in which ticks of a timer were missed. Pure. */
import type { Millis } from '../../kernel/time.js'
import type { Change } from '../api/schemas.js'
import type { HistoryStore, HistoryTick } from '../history/history-store.js'
import type { ObservedRun, StallEvidence } from './stall.js'
import type { TimerFacts } from './timer-facts.js'

export interface EvidenceSources {
  readonly store: Pick<HistoryStore, 'ticks'>
  readonly changes: readonly Change[]
  /** The facts of all timers, in the order of the catalogue. Asked for only when ticks were missed. */
  readonly all: () => readonly TimerFacts[]
}

/** How long before the first missed tick a run may have begun that explains it. */
const HORIZON: Millis = 3_600_000

/** @param ticks the ticks of the timer that are explained. */
export function stallEvidence(ticks: readonly HistoryTick[], { store, changes, all }: EvidenceSources): StallEvidence {
  const missed = ticks.flatMap(({ tick }) =>
    tick.end === 'skipped' && tick.reason === 'missed' ? tick.firstDueAt : [],
  )
  if (missed.length === 0) return { changes: [], runs: [] }
  const timers = all()
  const name = (index: number) => ({ entrypoint: timers[index]!.timer.id, pool: timers[index]!.pool })
  const since = Math.min(...missed) - HORIZON
  const ended = store.ticks({ since, limit: Number.POSITIVE_INFINITY }).flatMap(({ tick }): ObservedRun[] => {
    if (tick.end !== 'run' || tick.startedAfter === undefined) return []
    const { entrypoint, dueAt, startedAfter, endedAfter = startedAfter } = tick
    return [{ ...name(entrypoint), startedAt: dueAt + startedAfter, endedAt: dueAt + endedAfter }]
  })
  const running = timers.flatMap(({ index, runningSince }): ObservedRun[] =>
    runningSince === undefined ? [] : [{ ...name(index), startedAt: runningSince, endedAt: undefined }],
  )
  return { changes, runs: [...ended, ...running] }
}
