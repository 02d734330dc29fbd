/**
 * One sentence that says how it stands: what is wrong, since when, worst first. Pure.
 *
 * Critical problems come before warnings, and among equals the one whose kind stands first in PROBLEM_KINDS, then the older.
 */

import type { Health, HealthProblemKind } from '../../kernel/health.js'
import type { Millis } from '../../kernel/time.js'
import type { ThreadView } from '../../kernel/view.js'
import { LEVELS } from '../../observe/changes/change.js'
import type { Level, Problem, Service, Verdict } from '../api/schemas.js'
import { PROBLEM_KINDS, type TimerCondition } from './problem-kinds.js'
import type { TimerFacts } from './timer-facts.js'
import { timerStatus } from './timer-status.js'
import { counted, momentWords, spanWords } from './words.js'

export interface Situation {
  readonly timers: readonly TimerFacts[]
  /** Undefined: the main thread has not answered. */
  readonly threads: readonly ThreadView[] | undefined
  readonly health: Health
  /** The 99th percentile of the delays of the main thread's event loop. */
  readonly loopLag: Millis
  readonly ledgerViolations: number
  /** Of each service; without scope `queue` nothing waits in it. */
  readonly queues: readonly QueueFacts[]
}

/** What the store said last of the queue of a service: tickets that wait, tickets that instances run, and how long ago the oldest was due. */
export interface QueueFacts extends Pick<NonNullable<Service['queue']>, 'waiting' | 'active' | 'oldestSeconds'> {
  readonly service: string
}

/** Told for information, though nothing is wrong. */
const INFORMATION: ReadonlySet<TimerCondition> = new Set(['paused'])
/** A thread that has been restarted more often keeps crashing. */
const CRASH_LOOP = 3
/** A free instance takes a ticket at once. When tickets have waited for so long and none is run, no instance takes them. */
const NOT_TAKEN_SECONDS = 30
/** A main thread whose event loop is delayed by more brings ticks late. */
const LATE_LOOP: Millis = 100

export function verdictOf(situation: Situation, now: Millis): Verdict {
  const problems = problemsOf(situation, now)
  const [worst, ...others] = problems.filter(({ level }) => level !== 'ok')
  if (!worst) return { level: 'ok', text: allWell(situation.timers, problems), problems }
  const more = others.length === 0 ? '' : ` ${counted(others.length, 'more problem')}.`
  return {
    level: worst.level,
    text: `${worst.text}${more}`,
    ...(worst.since !== undefined && { since: worst.since }),
    problems,
  }
}

/** Worst first. */
function problemsOf(situation: Situation, now: Millis): Problem[] {
  return [
    ...timerProblems(situation.timers, now),
    ...threadProblems(situation),
    ...queueProblems(situation),
    ...engineProblems(situation, now),
  ].sort(
    (a, b) =>
      LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) ||
      PROBLEM_KINDS.indexOf(a.kind) - PROBLEM_KINDS.indexOf(b.kind) ||
      (a.since ?? now) - (b.since ?? now),
  )
}

function timerProblems(timers: readonly TimerFacts[], now: Millis): Problem[] {
  return timers.flatMap((facts) => {
    const { condition, level, sentence, since } = timerStatus(facts, now)
    if (level === 'ok' && !INFORMATION.has(condition)) return []
    const { id } = facts.timer
    return [{ kind: condition, level, text: sentence, entrypoint: id, ...(since !== undefined && { since }) }]
  })
}

function threadProblems({ threads = [] }: Situation): Problem[] {
  return threads.flatMap(({ services, slot, state, restarts, problem }): Problem[] => {
    const name = `Thread ${slot} of ${services.join(', ')}`
    const because = problem === undefined ? '' : `: ${problem}`
    if (state === 'zombie') {
      const text = `${name} was killed and has not ended; it may be running native code${because}.`
      return [{ kind: 'thread_zombie', level: 'critical', text }]
    }
    if (state === 'restarting' && restarts >= CRASH_LOOP) {
      const text = `${name} keeps ending, and was restarted ${counted(restarts, 'time')}${because}.`
      return [{ kind: 'crash_loop', level: 'critical', text }]
    }
    if (state === 'restarting') return [{ kind: 'thread', level: 'warning', text: `${name} is restarting${because}.` }]
    return problem === undefined ? [] : [{ kind: 'thread', level: 'warning', text: `${name}${because}.` }]
  })
}

function queueProblems({ queues, health }: Situation): Problem[] {
  // When the queue does not work for this instance, that is told, and what the store said last is old.
  if (health.problems.some(({ kind }) => kind === 'queue')) return []
  return queues.flatMap(({ service, waiting, active, oldestSeconds }): Problem[] => {
    if (waiting === 0 || active > 0 || oldestSeconds < NOT_TAKEN_SECONDS) return []
    const tickets = `${counted(waiting, 'ticket')} of ${service} ${waiting === 1 ? 'waits' : 'wait'} in the queue`
    const since = `the oldest has been due for ${spanWords(oldestSeconds * 1_000)}`
    const advice = 'is an instance up that takes tickets (escapement.queue.take: true)?'
    return [{ kind: 'not_taken', level: 'critical', text: `${tickets} and no instance runs any; ${since}: ${advice}` }]
  })
}

function engineProblems({ health, timers, threads, loopLag, ledgerViolations }: Situation, now: Millis): Problem[] {
  const needsStore = timers.some(({ timer }) => timer.scope !== 'instance')
  const found = health.problems
    // Told with more detail: of each thread, and of each timer that no instance hands over.
    .filter(({ kind }) => kind !== 'thread' || threads === undefined)
    .filter(
      ({ kind }) => kind !== 'not_offered' || timers.every(({ notOfferedSince }) => notOfferedSince === undefined),
    )
    .map(({ kind, text, since }): Problem => {
      const level = levelOf(kind, needsStore)
      if (since === undefined) return { kind, level, text: `${capital(text)}.` }
      return { kind, level, text: `${capital(text)} (since ${momentWords(since, now)}).`, since }
    })
  if (loopLag > LATE_LOOP) {
    const text = `The scheduler's event loop is delayed by ${spanWords(loopLag)} (99th percentile), so ticks are late.`
    found.push({ kind: 'scheduler_late', level: 'warning', text })
  }
  if (ledgerViolations > 0) {
    const mayBeStore = timers.some(({ timer }) => timer.scope === 'queue')
    const unless = mayBeStore ? ', unless the store of the queue has lost its data (the log says what is missing)' : ''
    const text = `The ledger of ticks did not close ${counted(ledgerViolations, 'time')}: please report this bug${unless}.`
    found.push({ kind: 'ledger', level: 'warning', text })
  }
  return found
}

function levelOf(kind: HealthProblemKind, needsStore: boolean): Level {
  switch (kind) {
    case 'main_thread_silent':
    case 'supervisor_ended':
    case 'scheduler_stalled':
    case 'queue':
    case 'not_offered':
      return 'critical'
    case 'store':
      return needsStore ? 'critical' : 'warning'
    case 'thread':
    case 'marks':
    case 'pauses':
    case 'supervisor_changing':
      return 'warning'
  }
}

function allWell(timers: readonly TimerFacts[], problems: readonly Problem[]): string {
  const all = timers.length === 1 ? 'The one entrypoint is well' : `All ${timers.length} entrypoints are well`
  const paused = problems.length === 0 ? '' : `; ${problems.length} ${problems.length === 1 ? 'is' : 'are'} paused`
  return timers.length === 0 ? 'There are no timers.' : `${all}${paused}.`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
