/** Says in one sentence what was decided for a tick, and the facts that led to it. Pure. */
import { type Millis, millisFromMicros } from '../../kernel/time.js'
import type { AbortCause, Outcome, ReturnReason, Scope, SkipReason } from '../../kernel/vocabulary.js'
import { startDeadlineOf } from '../../schedule/start-deadline.js'
import type {
  EndedRun,
  EndedTick,
  HandedOverTicks,
  HistoryTick,
  ReturnedTicket,
  RunText,
  SkippedTicks,
} from '../history/history-store.js'
import { windowWords } from './definition-words.js'
import { type StallEvidence, stallWords } from './stall.js'
import type { TimerFacts } from './timer-facts.js'
import { exactSpan, firstLine, momentWords, spanWords } from './words.js'

/** @param evidence of what else happened when ticks were missed. */
export function whyTick({ tick, text }: HistoryTick, facts: TimerFacts, evidence: StallEvidence, now: Millis): string {
  switch (tick.end) {
    case 'run':
      return whyRun(tick, text, facts, now)
    case 'skipped': {
      const because = SKIPPED_BECAUSE[tick.reason](tick, facts, now, evidence)
      return `${which(tick, now)} skipped (${tick.reason}): ${because}.`
    }
    case 'handed_over':
      return `${which(tick, now)} handed over to the queue, for whichever instance has a free thread.`
    case 'returned':
      return whyReturned(tick, facts, now)
  }
}

/** `The tick due at ... was`, `The 3 ticks due from ... to ... were`. */
function which(tick: SkippedTicks | HandedOverTicks, now: Millis): string {
  const { count, firstDueAt, dueAt } = tick
  const moment = momentWords(dueAt, now)
  if (count === 1) return `The tick ${dueWords(tick, now)} was`
  return firstDueAt === dueAt
    ? `${count} ticks, the last due at ${moment}, were`
    : `The ${count} ticks due from ${momentWords(firstDueAt, now)} to ${moment} were`
}

function whyReturned(tick: ReturnedTicket, { timer, pool }: TimerFacts, now: Millis): string {
  const { reason, attempt } = tick
  const because: Readonly<Record<ReturnReason, string>> = {
    retry: `attempt ${attempt} of ${timer.retry.attempts} failed, and the queue hands it out again`,
    stopping: 'the supervisor was stopping',
    lock_lost: 'this instance was about to lose its lock on it, because the queue did not confirm the renewals',
    saturated: `no thread of the pool ${pool} became free in time`,
    quarantined: 'the method had crashed its thread too often here',
  }
  return `The ticket of the tick ${dueWords(tick, now)} went back to the queue (${reason}): ${because[reason]}.`
}

type SkipWords = (tick: SkippedTicks, facts: TimerFacts, now: Millis, evidence: StallEvidence) => string

const SKIPPED_BECAUSE: Readonly<Record<SkipReason, SkipWords>> = {
  running(tick, facts, now) {
    if (facts.timer.scope === 'queue') return 'the queue still had an earlier one, which waited or ran on some instance'
    const { timeout } = facts.timer
    const limit = timeout === undefined ? 'it has no timeout' : `its timeout is ${exactSpan(timeout)}`
    const began = runningAt(tick, facts)
    if (began === undefined) return `the run before had not ended; ${limit}`
    const running = spanWords(Math.max(0, tick.dueAt - began))
    return `the run that began at ${momentWords(began, now)} had been running for ${running}; ${limit}`
  },
  missed(tick, facts, now, evidence) {
    const deadline = startDeadlineOf(facts.timer, facts.interval)
    const within = Number.isFinite(deadline) ? ` of ${exactSpan(deadline)}` : ''
    const stall = stallWords(tick, facts, millisFromMicros(deadline), evidence, now)
    return `it could not start within its start deadline${within}: ${stall}`
  },
  saturated: (_tick, { pool }) =>
    `no thread of the pool ${pool} was free, and an earlier tick was still waiting to start`,
  paused({ dueAt }, { pause }, now) {
    if (!pause || pause.at > dueAt) return 'it was paused then'
    return `it is paused by ${pause.by} since ${momentWords(pause.at, now)}`
  },
  outside_window: (_tick, { timer }) =>
    `it was due outside its window${timer.window ? `, ${windowWords(timer.window)}` : ''}`,
  circuit_open: () => 'its circuit was open, because its runs had failed, or the probe had not ended',
  quarantined: () => 'it was in quarantine, because it had crashed its thread too often, or the probe had not ended',
  not_leader: (_tick, { timer }) =>
    `this instance did not hold the lease ${timer.lease ?? timer.offerLease ?? 'that it needs'}`,
  claimed_elsewhere: () => 'another instance ran it',
  claim_unknown: (_tick, { timer }) =>
    timer.scope === 'queue'
      ? 'the queue did not say in time whether it keeps it; if it does, an instance runs it'
      : 'the coordination store did not say whether this instance may run it, and to run it twice would be worse',
  claim_refused: () => 'the coordination store refused to let this instance run it',
  superseded: () => 'a newer tick took its place while it waited for its turn',
  stopping: () => 'the supervisor was stopping',
}

function whyRun(tick: EndedRun, text: RunText | undefined, facts: TimerFacts, now: Millis): string {
  const { startedAfter, attempts } = tick
  const { timer } = facts
  const started = startedAfter === undefined ? '' : ` started ${spanWords(Math.max(0, startedAfter))} late and`
  const attempt =
    attempts > 1
      ? ` in attempt ${attempts} of ${timer.retry.attempts}`
      : timer.retry.attempts > 1
        ? ' in its first attempt'
        : ''
  const ended = ENDED[tick.outcome](tick, facts)
  const error =
    text?.error && tick.outcome !== 'completed' ? `: ${text.error.name}: ${firstLine(text.error.message)}` : ''
  return `The run of the tick ${dueWords(tick, now)}${started} ${ended}${attempt}${error}.`
}

const ENDED: Readonly<Record<Outcome, (tick: EndedRun, facts: TimerFacts) => string>> = {
  completed: (tick) => `completed${after(tick)}`,
  failed: (tick) => `failed${after(tick)}`,
  timed_out: (tick, { timer: { timeout } }) =>
    `was aborted because it took longer than its timeout${timeout === undefined ? '' : ` of ${exactSpan(timeout)}`}, and ended${after(tick)}`,
  aborted: ({ cause, ...tick }, { timer }) =>
    `was aborted${cause === undefined ? '' : ` because ${abortedBecause(cause, timer.scope)}`}${
      tick.startedAfter === undefined ? ' before its method was called' : `, and ended${after(tick)}`
    }`,
  crashed: (tick) =>
    tick.startedAfter === undefined
      ? `ended before its method was called: its thread ${tick.threadId} ended`
      : `crashed${after(tick)}: its thread ${tick.threadId} ended`,
  declined: () => 'did not call the method: its `when` function said no',
}

function abortedBecause(cause: AbortCause, scope: Scope): string {
  if (cause === 'lease_lost' && scope === 'queue') return 'this instance was about to lose its lock on the ticket'
  return ABORTED_BECAUSE[cause]
}

const ABORTED_BECAUSE: Readonly<Record<AbortCause, string>> = {
  timeout: 'it took longer than its timeout',
  replaced: 'a newer tick replaced it (overlap: replace)',
  lease_lost: 'this instance lost the lease',
  stopping: 'the supervisor was stopping',
  manual: 'somebody asked for that',
}

function after({ startedAfter, endedAfter }: Pick<EndedRun, 'startedAfter' | 'endedAfter'>): string {
  if (startedAfter === undefined || endedAfter === undefined) return ''
  return ` after ${spanWords(Math.max(0, endedAfter - startedAfter))}`
}

function dueWords({ sequence, dueAt }: EndedTick, now: Millis): string {
  return sequence < 0 ? `triggered by hand at ${momentWords(dueAt, now)}` : `due at ${momentWords(dueAt, now)}`
}

/** When the run that was in progress at the due moment of a tick began; undefined when it is not known any more. */
function runningAt({ dueAt, firstDueAt }: SkippedTicks, { last, runningSince }: TimerFacts): Millis | undefined {
  if (runningSince !== undefined && runningSince <= firstDueAt) return runningSince
  const run = last.find(
    (tick) =>
      tick.end === 'run' &&
      tick.dueAt <= firstDueAt &&
      tick.endedAfter !== undefined &&
      tick.dueAt + tick.endedAfter >= dueAt,
  )
  return run?.end === 'run' ? run.dueAt + Math.max(0, run.startedAfter ?? 0) : undefined
}

export function startDeadline({ timer, interval }: TimerFacts): number {
  return startDeadlineOf(timer, interval)
}

/** How long a run may take. */
export function timeoutWords({ timer: { timeout } }: TimerFacts): string {
  return timeout === undefined ? 'it has no timeout' : `its timeout is ${spanWords(millisFromMicros(timeout))}`
}
