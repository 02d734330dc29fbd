/**
 * What kept a tick from starting until it was missed, as far as the history and the changes know it. Pure.
 *
 * The causes are looked for in this order: the wall clock moved, a thread of the service ended or started, the threads of its pool were
 * busy, no timer at all started a run.
 */
import type { Millis } from '../../kernel/time.js'
import type { Change } from '../api/schemas.js'
import type { SkippedTicks } from '../history/history-store.js'
import type { TimerFacts } from './timer-facts.js'
import { momentWords, spanWords } from './words.js'

/** A run of any timer of the instance. */
export interface ObservedRun {
  readonly entrypoint: string
  readonly pool: string
  readonly startedAt: Millis
  /** Undefined: it is in progress. */
  readonly endedAt: Millis | undefined
}

export interface StallEvidence {
  readonly changes: readonly Change[]
  readonly runs: readonly ObservedRun[]
}

/** How long after the last missed tick a cause may have been told. */
const TOLD_WITHIN: Millis = 2_000
/** Due moments are whole milliseconds. */
const ROUNDED: Millis = 1

/** @param deadline how late the tick might have started; not finite: however late. */
export function stallWords(
  tick: SkippedTicks,
  { pool, timer }: Pick<TimerFacts, 'pool' | 'timer'>,
  deadline: Millis,
  { changes, runs }: StallEvidence,
  now: Millis,
): string {
  const { firstDueAt, dueAt } = tick
  const until = dueAt + (Number.isFinite(deadline) ? deadline : 0)
  const jump = changes.find(({ at, clock }) => clock && spans(at, clock.byMs, firstDueAt, until))
  if (jump?.clock) {
    const { byMs } = jump.clock
    const cause = byMs > 0 ? 'somebody set it, or the machine was suspended' : 'somebody set it back'
    return `the wall clock moved ${byMs > 0 ? 'forward' : 'backward'} by ${spanWords(Math.abs(byMs))} at ${momentWords(jump.at, now)}: ${cause}`
  }
  const near = changes.filter(({ at }) => at >= firstDueAt - TOLD_WITHIN && at <= until + TOLD_WITHIN)
  const ended = near.findLast(({ kind, service }) => kind === 'thread' && service === timer.service)
  if (ended) return `its thread was not running: ${ended.text} (at ${momentWords(ended.at, now)})`
  const busy = longest(runs.filter((run) => run.pool === pool && covers(run, dueAt, until)))
  if (busy) {
    const end = busy.endedAt === undefined ? 'has not ended yet' : `took ${spanWords(busy.endedAt - busy.startedAt)}`
    return `no thread of the pool ${pool} was free: the run of ${busy.entrypoint} that began at ${momentWords(busy.startedAt, now)} ${end}`
  }
  const starts = runs.map(({ startedAt }) => startedAt)
  if (starts.some((at) => at > firstDueAt && at < until)) return 'no thread was free, or this timer alone was held up'
  const before = Math.max(...starts.filter((at) => at <= firstDueAt))
  const after = Math.min(...starts.filter((at) => at >= until))
  if (!Number.isFinite(before) || !Number.isFinite(after)) {
    return 'the scheduler was stalled or suspended, or no thread was free'
  }
  return `no timer started a run from ${momentWords(before, now)} to ${momentWords(after, now)}: the main thread was blocked, or the process was stopped`
}

/** Whether the moments that a jump passed over, or the moment of a jump backward, touch a span. */
function spans(at: Millis, by: Millis, from: Millis, to: Millis): boolean {
  return at + TOLD_WITHIN >= from && at - Math.max(0, by) - TOLD_WITHIN <= to
}

/** Whether a run kept its thread from a tick until it was too late for it. */
function covers({ startedAt, endedAt = Number.POSITIVE_INFINITY }: ObservedRun, from: Millis, until: Millis): boolean {
  return startedAt <= from && endedAt >= until - ROUNDED
}

function longest(runs: readonly ObservedRun[]): ObservedRun | undefined {
  const length = ({ startedAt, endedAt = Number.POSITIVE_INFINITY }: ObservedRun) => endedAt - startedAt
  return [...runs].sort((a, b) => length(b) - length(a))[0]
}
