/** The row of an entrypoint. Pure. */
import type { TimerDefinition } from '../../kernel/definitions.js'
import { type Millis, millisFromMicros } from '../../kernel/time.js'
import { LEVELS } from '../../observe/changes/change.js'
import type { Actor, Change, Entrypoint } from '../api/schemas.js'
import { type EndedTick, type HistoryTick, isProblem, type RunSpans } from '../history/history-store.js'
import { scheduleWords } from './definition-words.js'
import { TIMER_CONDITIONS } from './problem-kinds.js'
import { cellOf } from './tick-view.js'
import type { TimerFacts } from './timer-facts.js'
import type { TimerStatus } from './timer-status.js'

/** What the history has of an entrypoint. */
export interface EntrypointHistory {
  readonly problems: readonly HistoryTick[]
  readonly spans: RunSpans
  /** Undefined: none is wanted. */
  readonly strip: readonly EndedTick[] | undefined
}

/** An entrypoint and how it stands with it. */
export interface RatedTimer {
  readonly facts: TimerFacts
  readonly status: TimerStatus
}

export function entrypointView(
  { facts, status: { level, text, since } }: RatedTimer,
  { problems, spans, strip }: EntrypointHistory,
): Entrypoint {
  const { timer, ledger, pause, circuit, consecutiveFailures } = facts
  const { id, service, method, name, overlap, missed, scope, timeout, schedule } = timer
  const failedAt = problems.find(({ tick }) => isProblem(tick) && !(tick.end === 'run' && tick.outcome === 'aborted'))
  const lateness = percentiles(spans.lateness)
  const duration = percentiles(spans.duration)
  return {
    id,
    service,
    method,
    ...(name !== undefined && { name }),
    schedule: scheduleWords(schedule),
    overlap,
    missed,
    scope,
    // There is no interval after the last tick.
    intervalMs: Number.isFinite(facts.interval) ? millisFromMicros(facts.interval) : 0,
    ...(timeout !== undefined && { timeoutMs: millisFromMicros(timeout) }),
    status: { level, text, ...(since !== undefined && { since }) },
    ...(pause && { pause: actorOf(pause) }),
    circuit: circuit.state,
    consecutiveFailures,
    active: ledger.active,
    pending: ledger.pending,
    ...(facts.nextDueAt !== undefined && { nextDueAt: facts.nextDueAt }),
    ...(facts.lastSuccessAt !== undefined && { lastSuccessAt: facts.lastSuccessAt }),
    ...(failedAt && { lastFailureAt: failedAt.tick.dueAt }),
    ledger: { ...ledger, skipped: { ...ledger.skipped }, runs: { ...ledger.runs } },
    ...(lateness && { lateness }),
    ...(duration && { duration }),
    ...(strip && { strip: strip.map(cellOf) }),
  }
}

function actorOf({ at, by, reason, kept }: NonNullable<TimerFacts['pause']>): Actor {
  return { at, by, kept, ...(reason !== undefined && { reason }) }
}

function percentiles(spans: Float64Array): { readonly p50Ms: number; readonly p99Ms: number } | undefined {
  if (spans.length === 0) return undefined
  const sorted = spans.toSorted()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** Worst first, then by what is the matter, then the older, then by name. */
export function worstFirst(rated: readonly RatedTimer[], now: Millis): RatedTimer[] {
  return rated.toSorted(
    (a, b) =>
      LEVELS.indexOf(b.status.level) - LEVELS.indexOf(a.status.level) ||
      (a.status.level === 'ok'
        ? 0
        : TIMER_CONDITIONS.indexOf(a.status.condition) - TIMER_CONDITIONS.indexOf(b.status.condition) ||
          (a.status.since ?? now) - (b.status.since ?? now)) ||
      compare(a.facts.timer.id, b.facts.timer.id),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether a change is one of the timer, of its method, or of its service as a whole. */
export function concerns({ entrypoint, service }: Change, { id, service: own, method }: TimerDefinition): boolean {
  return entrypoint === undefined ? service === own : entrypoint === id || entrypoint === `${own}.${method}`
}
