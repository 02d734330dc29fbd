/** Ticks, cells and folded errors in the form of the API. Pure. */
import type { Millis } from '../../kernel/time.js'
import { OUTCOMES, SKIP_REASONS } from '../../kernel/vocabulary.js'
import type { Cell, FoldedError, Tick } from '../api/schemas.js'
import type { EndedTick, ErrorFold, HistoryTick } from '../history/history-store.js'

/** What the second number of a cell means. */
export const ENDS: readonly string[] = [...OUTCOMES, ...SKIP_REASONS, 'handed_over', 'returned']
const HANDED_OVER = ENDS.indexOf('handed_over')
const RETURNED = ENDS.indexOf('returned')

export function tickView({ tick, text }: HistoryTick, id: string): Tick {
  const { sequence, dueAt } = tick
  const shared = { id: tickId(id, dueAt), entrypoint: id, sequence, dueAt }
  if (tick.end === 'skipped') return { ...shared, decision: 'skipped', reason: tick.reason, count: tick.count }
  if (tick.end === 'handed_over') return { ...shared, decision: 'handed_over', count: tick.count }
  if (tick.end === 'returned') {
    return { ...shared, decision: 'returned', returned: tick.reason, count: 1, attempts: tick.attempt }
  }
  const { outcome, cause, startedAfter, endedAfter, attempts, threadId } = tick
  return {
    ...shared,
    decision: 'run',
    count: 1,
    outcome,
    ...(cause !== undefined && { cause }),
    ...(startedAfter !== undefined && { startedAt: dueAt + startedAfter, latenessMs: startedAfter }),
    ...(endedAfter !== undefined && { endedAt: dueAt + endedAfter }),
    ...(startedAfter !== undefined && endedAfter !== undefined && { durationMs: endedAfter - startedAfter }),
    attempts,
    threadId,
    ...(text?.error && { error: text.error }),
    ...(text && text.lines.length > 0 && { lines: [...text.lines] }),
  }
}

export function cellOf(tick: EndedTick): Cell {
  if (tick.end === 'skipped') {
    return [tick.dueAt, OUTCOMES.length + SKIP_REASONS.indexOf(tick.reason), tick.count, null, null]
  }
  if (tick.end === 'handed_over') return [tick.dueAt, HANDED_OVER, tick.count, null, null]
  if (tick.end === 'returned') return [tick.dueAt, RETURNED, 1, null, null]
  const { dueAt, outcome, startedAfter, endedAfter } = tick
  const lateness = startedAfter === undefined ? null : Math.round(startedAfter * 1_000)
  const duration =
    startedAfter === undefined || endedAfter === undefined ? null : Math.round((endedAfter - startedAfter) * 1_000)
  return [dueAt, OUTCOMES.indexOf(outcome), 1, lateness, duration]
}

export function foldView({ text, count, firstAt, lastAt }: ErrorFold, id: string): FoldedError {
  return { error: text.error, count, firstAt, lastAt, lastTick: tickId(id, lastAt), lines: [...text.lines] }
}

function tickId(id: string, dueAt: Millis): string {
  return `${id}@${new Date(dueAt).toISOString()}`
}
