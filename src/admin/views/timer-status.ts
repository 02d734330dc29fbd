/** How bad it stands with a timer, in a few words and in one sentence. Pure. */
import { type Millis, millisFromMicros } from '../../kernel/time.js'
import type { SkipReason } from '../../kernel/vocabulary.js'
import type { Level } from '../api/schemas.js'
import { type EndedRun, type EndedTick, isProblem } from '../history/history-store.js'
import { windowWords } from './definition-words.js'
import { TIMER_CONDITIONS, type TimerCondition } from './problem-kinds.js'
import { longestRun, type TimerFacts } from './timer-facts.js'
import { counted, exactSpan, momentWords, spanWords } from './words.js'

export interface TimerStatus {
  readonly condition: TimerCondition
  readonly level: Level
  /** A few words, without the name of the timer: `12 failures in a row`. */
  readonly text: string
  /** A sentence with its name. */
  readonly sentence: string
  readonly since: Millis | undefined
}

/** So many failures in a row are more than bad luck; the event `entrypoint.failing` begins with the same number. */
const MANY_FAILURES = 5
/** A run without a time-out is too long after this, and after ten intervals. */
const LONG_RUN: Millis = 60_000
const LONG_RUN_INTERVALS = 10
/** Of the recent ticks, so many are many. */
const MANY = 10
/** A start that is later than this, and than half an interval, is late. */
const LATE: Millis = 100

/** Skips that mean that work was not done. */
const LOST_WORK: ReadonlySet<SkipReason> = new Set([
  'running',
  'missed',
  'saturated',
  'superseded',
  'claim_unknown',
  'claim_refused',
])

export function timerStatus(facts: TimerFacts, now: Millis): TimerStatus {
  for (const condition of TIMER_CONDITIONS) {
    const found = LOOK[condition](facts, now)
    if (found) return { condition, level: LEVEL_OF[condition], since: found.since, ...worded(facts.timer.id, found) }
  }
  throw new Error('unreachable: a timer is at least well')
}

interface Found {
  readonly text: string
  /** What the sentence says after the name of the timer. Default: `has <text>`. */
  readonly says?: string
  readonly since?: Millis | undefined
}

function worded(id: string, { text, says }: Found) {
  return { text, sentence: `${id} ${says ?? text}.` }
}

const LEVEL_OF: Readonly<Record<TimerCondition, Level>> = {
  hung: 'critical',
  not_offered: 'critical',
  overdue: 'critical',
  failing: 'critical',
  quarantined: 'critical',
  circuit_open: 'critical',
  failed_once: 'warning',
  skipping: 'warning',
  late: 'warning',
  no_next_tick: 'warning',
  paused: 'ok',
  waiting_for_thread: 'warning',
  running: 'ok',
  not_leader: 'ok',
  outside_window: 'ok',
  new: 'ok',
  well: 'ok',
}

type Look = (facts: TimerFacts, now: Millis) => Found | undefined

const LOOK: Readonly<Record<TimerCondition, Look>> = {
  hung({ timer, runningSince, interval }, now) {
    if (runningSince === undefined) return undefined
    const running = now - runningSince
    const longest = longestRun(timer)
    const isTooLong =
      longest === undefined
        ? running > Math.max(LONG_RUN, LONG_RUN_INTERVALS * finite(millisFromMicros(interval)))
        : // Its thread should have been killed a second ago.
          running > longest + 1_000
    if (!isTooLong) return undefined
    const attempts = timer.retry.attempts === 1 ? 'its timeout and grace' : 'the timeouts of all its attempts'
    const why = longest === undefined ? 'it has no timeout' : `${attempts} of ${spanWords(longest)} are over`
    return {
      text: `hung for ${spanWords(running)}`,
      says: `hangs: its run has been in progress for ${spanWords(running)}, since ${momentWords(runningSince, now)}, and ${why}`,
      since: runningSince,
    }
  },
  not_offered({ timer, notOfferedSince: since }, now) {
    if (since === undefined) return undefined
    return {
      text: 'no instance hands its ticks over',
      says: `is handed over to the queue by no instance: none has held the lease ${timer.offerLease} since ${momentWords(since, now)}, and this one never does (escapement.queue.offer is false); start an instance with escapement.queue.offer: true`,
      since,
    }
  },
  overdue(facts, now) {
    const since = facts.overdueSince
    // A timer that fails or is quarantined is overdue too; why is the better news.
    if (since === undefined || facts.consecutiveFailures > 0 || facts.circuit.state !== 'closed') return undefined
    const why = commonestSkip(facts.last)
    const because = why ? `: its last ticks were skipped (${why.reason})` : ''
    return {
      text: `no success for ${spanWords(now - since)}`,
      says: `is overdue: no run has completed for ${spanWords(now - since)}, since ${momentWords(since, now)}${because}`,
      since,
    }
  },
  failing(facts, now) {
    const { consecutiveFailures, circuit, overdueSince } = facts
    if (consecutiveFailures === 0 || circuit.state !== 'closed') return undefined
    // A job that runs rarely does not wait for so many failures.
    return consecutiveFailures >= MANY_FAILURES || overdueSince !== undefined ? failures(facts, now) : undefined
  },
  quarantined({ circuit, noSuccessSince }, now) {
    if (circuit.state === 'closed' || circuit.reason !== 'quarantined') return undefined
    const until = untilWords(circuit.until, now)
    return {
      text: `quarantined${until}`,
      says: `is quarantined${until}, because it has crashed its thread too often`,
      since: noSuccessSince,
    }
  },
  circuit_open(facts, now) {
    const { circuit, consecutiveFailures, noSuccessSince } = facts
    if (circuit.state === 'closed' || circuit.reason !== 'circuit_open') return undefined
    const until = untilWords(circuit.until, now)
    return {
      text: `circuit open${until}`,
      says: `does not run${until}: its circuit is ${circuit.state === 'open' ? 'open' : 'half open'} after ${counted(consecutiveFailures, 'failure')} in a row`,
      since: streakSince(facts) ?? noSuccessSince,
    }
  },
  failed_once(facts, now) {
    return facts.consecutiveFailures > 0 ? failures(facts, now) : undefined
  },
  skipping({ recent }) {
    const many = commonestSkip(recent)
    if (!many || many.count < MANY || many.share < 0.5) return undefined
    return {
      text: `skips most ticks (${many.reason})`,
      says: `skips most of its ticks (${many.reason})`,
      since: many.since,
    }
  },
  late({ recent, interval }) {
    const starts = recent.flatMap((tick) => (tick.end === 'run' ? (tick.startedAfter ?? []) : []))
    if (starts.length < MANY) return undefined
    const median = starts.toSorted((a, b) => a - b)[Math.floor(starts.length / 2)]!
    if (median <= LATE || median <= finite(millisFromMicros(interval)) / 2) return undefined
    return { text: `starts ${spanWords(median)} late`, says: `starts late: ${spanWords(median)} after it is due` }
  },
  no_next_tick({ nextDueAt, ledger, timer }) {
    if (nextDueAt !== undefined || ledger.due === 0 || timer.schedule.kind === 'adaptive') return undefined
    return { text: 'no further tick', says: 'has no further tick' }
  },
  paused({ pause }, now) {
    if (!pause) return undefined
    return {
      text: `paused by ${pause.by}`,
      says: `is paused by ${pause.by} since ${momentWords(pause.at, now)}${pause.reason === undefined ? '' : `: ${pause.reason}`}`,
      since: pause.at,
    }
  },
  waiting_for_thread({ ledger, recent, runningSince }, now) {
    const before = recent.at(-1)?.dueAt ?? now
    if (ledger.pending === 0 || runningSince !== undefined || now - before < LONG_RUN) return undefined
    return { text: 'a tick waits', says: 'has a tick that waits and no run in progress', since: before }
  },
  running({ runningSince }, now) {
    if (runningSince === undefined || now - runningSince < 1_000) return undefined
    return {
      text: `running for ${spanWords(now - runningSince)}`,
      says: `has been running for ${spanWords(now - runningSince)}`,
      since: runningSince,
    }
  },
  not_leader({ holdsLease, handsOver, timer }) {
    if (handsOver === false) {
      return {
        text: 'ticks are handed over elsewhere',
        says: `hands no tick over to the queue here: this instance does not hold the lease ${timer.offerLease}`,
      }
    }
    if (holdsLease !== false) return undefined
    return {
      text: 'another instance leads',
      says: `does not run here: this instance does not hold the lease ${timer.lease}`,
    }
  },
  outside_window({ recent, timer }) {
    const newest = recent.at(-1)
    if (!timer.window || newest?.end !== 'skipped' || newest.reason !== 'outside_window') return undefined
    return {
      text: 'outside its window',
      says: `is outside its window, ${windowWords(timer.window)}`,
      since: newest.firstDueAt,
    }
  },
  new({ ledger }) {
    return ledger.due + ledger.taken === 0 ? { text: 'has not been due yet' } : undefined
  },
  well() {
    return { text: 'ok', says: 'is well' }
  },
}

const FAILED_AS = {
  failed: { many: 'failures', verb: 'failed' },
  timed_out: { many: 'time-outs', verb: 'timed out' },
  crashed: { many: 'crashes', verb: 'crashed' },
} as const

function failures(facts: TimerFacts, now: Millis): Found {
  const { consecutiveFailures, last, noSuccessSince, timer } = facts
  const since = streakSince(facts) ?? noSuccessSince
  const runs = last.filter((tick): tick is EndedRun => tick.end === 'run')
  const streak = runs.filter(isFailure).slice(-consecutiveFailures)
  const kinds = new Set(streak.map(({ outcome }) => outcome))
  const [outcome] = kinds
  const sameKind = kinds.size === 1 && outcome !== undefined && outcome in FAILED_AS
  const { many, verb } = FAILED_AS[sameKind ? (outcome as keyof typeof FAILED_AS) : 'failed']
  const moment = since === undefined ? undefined : momentWords(since, now)
  if (consecutiveFailures === 1) {
    const at = moment === undefined ? '' : ` at ${moment}`
    return { text: `last run ${verb}`, says: `${verb} in its last run${at}`, since }
  }
  const { timeout } = timer
  const hangs = sameKind && outcome === 'timed_out'
  const limit = hangs && timeout !== undefined ? `; each took longer than its timeout of ${exactSpan(timeout)}` : ''
  const text = `${consecutiveFailures} ${many} in a row`
  const sinceWords = moment === undefined ? '' : ` since ${moment}`
  return { text, says: `keeps ${hangs ? 'hanging' : 'failing'}: ${text}${sinceWords}${limit}`, since }
}

function isFailure(tick: EndedTick): boolean {
  return isProblem(tick) && tick.end === 'run' && tick.outcome !== 'aborted'
}

/** Due moment of the first of the failures in a row, also when the history does not reach back to it. */
export function streakSince({ last, consecutiveFailures, noSuccessSince }: TimerFacts): Millis | undefined {
  const success = last.findLastIndex((tick) => tick.end === 'run' && tick.outcome === 'completed')
  const failures = last.slice(success + 1).filter(isFailure)
  if (failures.length < consecutiveFailures) return noSuccessSince ?? failures[0]?.dueAt
  return failures[0]?.dueAt
}

function commonestSkip(ticks: readonly EndedTick[]) {
  const counts = new Map<SkipReason, { count: number; readonly since: Millis }>()
  let all = 0
  let handedOver = 0
  for (const tick of ticks) {
    const count = tick.end === 'skipped' || tick.end === 'handed_over' ? tick.count : 1
    all += count
    if (tick.end === 'handed_over') handedOver += count
    if (tick.end !== 'skipped' || !LOST_WORK.has(tick.reason)) continue
    const counted = counts.get(tick.reason) ?? { count: 0, since: tick.firstDueAt }
    counted.count += count
    counts.set(tick.reason, counted)
  }
  const [first] = [...counts].sort(([, a], [, b]) => b.count - a.count)
  if (!first) return undefined
  const [reason, counted] = first
  // A tick that is handed over is due once more where its ticket is taken: there it may be missed.
  const outOf = reason === 'missed' ? all - handedOver : all
  return { reason, ...counted, share: counted.count / outOf }
}

function untilWords(until: Millis | undefined, now: Millis): string {
  if (until === undefined) return ' until its probe has ended'
  return until > now ? ` until ${momentWords(until, now)}` : ' until its next tick, which is a probe'
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}
