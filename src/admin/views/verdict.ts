/**
 * One sentence that says how it stands: what is wrong, since when, worst first. Pure.
 *
 * Critical problems come before warnings, and among equals the one whose kind stands first in {@link PROBLEM_KINDS}, then the older.
 */
import type { Millis } from '../../kernel/time.js'
import type { Health, ThreadView } from '../../kernel/view.js'
import { LEVELS } from '../../observe/changes/change.js'
import type { Level, Problem, Verdict } from '../api/schemas.js'
import type { TimerFacts } from './timer-facts.js'
import { TIMER_CONDITIONS, type TimerCondition, timerStatus } from './timer-status.js'
import { counted, spanWords } from './words.js'

export const PROBLEM_KINDS = [
  'not_live',
  'scheduler_stalled',
  ...TIMER_CONDITIONS.slice(0, TIMER_CONDITIONS.indexOf('failed_once')),
  'thread_zombie',
  'crash_loop',
  'store',
  'thread',
  'scheduler_late',
  'ledger',
  ...TIMER_CONDITIONS.slice(TIMER_CONDITIONS.indexOf('failed_once')),
  'state',
] as const
export type ProblemKind = (typeof PROBLEM_KINDS)[number]

export interface Situation {
  readonly timers: readonly TimerFacts[]
  /** Undefined: the main thread has not answered. */
  readonly threads: readonly ThreadView[] | undefined
  readonly health: Health
  /** The 99th percentile of the delays of the main thread's event loop. */
  readonly loopLag: Millis
  readonly ledgerViolations: number
}

/** Told for information, though nothing is wrong. */
const INFORMATION: ReadonlySet<TimerCondition> = new Set(['paused'])
/** A thread that has been restarted more often keeps crashing. */
const CRASH_LOOP = 3
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
  return [...timerProblems(situation.timers, now), ...threadProblems(situation), ...engineProblems(situation)]
    .sort(
      (a, b) =>
        LEVELS.indexOf(b.problem.level) - LEVELS.indexOf(a.problem.level) ||
        PROBLEM_KINDS.indexOf(a.kind) - PROBLEM_KINDS.indexOf(b.kind) ||
        (a.problem.since ?? now) - (b.problem.since ?? now),
    )
    .map(({ problem }) => problem)
}

interface Ranked {
  readonly kind: ProblemKind
  readonly problem: Problem
}

function timerProblems(timers: readonly TimerFacts[], now: Millis): Ranked[] {
  return timers.flatMap((facts) => {
    const { condition, level, sentence, since } = timerStatus(facts, now)
    if (level === 'ok' && !INFORMATION.has(condition)) return []
    const problem = { level, text: sentence, entrypoint: facts.timer.id, ...(since !== undefined && { since }) }
    return [{ kind: condition, problem }]
  })
}

function threadProblems({ threads = [] }: Situation): Ranked[] {
  return threads.flatMap(({ services, slot, state, restarts, problem }): Ranked[] => {
    const name = `Thread ${slot} of ${services.join(', ')}`
    const because = problem === undefined ? '' : `: ${problem}`
    if (state === 'zombie') {
      const text = `${name} was killed and has not ended; it may be running native code${because}.`
      return [{ kind: 'thread_zombie', problem: { level: 'critical', text } }]
    }
    if (state === 'restarting' && restarts >= CRASH_LOOP) {
      const text = `${name} keeps ending, and was restarted ${counted(restarts, 'time')}${because}.`
      return [{ kind: 'crash_loop', problem: { level: 'critical', text } }]
    }
    if (state === 'restarting')
      return [{ kind: 'thread', problem: { level: 'warning', text: `${name} is restarting${because}.` } }]
    return problem === undefined ? [] : [{ kind: 'thread', problem: { level: 'warning', text: `${name}${because}.` } }]
  })
}

function engineProblems({ health, timers, loopLag, ledgerViolations }: Situation): Ranked[] {
  const needsStore = timers.some(({ timer }) => timer.scope !== 'instance')
  const found = health.problems.flatMap((text) => {
    const kind = kindOfHealthProblem(text, health.live)
    // Threads are told with more detail.
    return kind === 'thread' ? [] : [ranked(kind, levelOf(kind, needsStore), `${capital(text)}.`)]
  })
  if (loopLag > LATE_LOOP) {
    const text = `The scheduler's event loop is delayed by ${spanWords(loopLag)} (99th percentile), so ticks are late.`
    found.push(ranked('scheduler_late', 'warning', text))
  }
  if (ledgerViolations > 0) {
    const text = `The ledger of ticks did not close ${counted(ledgerViolations, 'time')}: please report this bug.`
    found.push(ranked('ledger', 'warning', text))
  }
  return found
}

function ranked(kind: ProblemKind, level: Level, text: string): Ranked {
  return { kind, problem: { level, text } }
}

/** The texts are those of engine-view.ts and of the coordinator. */
function kindOfHealthProblem(
  text: string,
  isLive: boolean,
): 'not_live' | 'scheduler_stalled' | 'thread' | 'state' | 'store' {
  if (/^thread \d+ of /.test(text)) return 'thread'
  if (/^the scheduler is /.test(text)) return 'scheduler_stalled'
  if (!isLive) return 'not_live'
  return /^the supervisor is /.test(text) ? 'state' : 'store'
}

function levelOf(kind: ReturnType<typeof kindOfHealthProblem>, needsStore: boolean): Level {
  if (kind === 'not_live' || kind === 'scheduler_stalled') return 'critical'
  return kind === 'store' && needsStore ? 'critical' : 'warning'
}

function allWell(timers: readonly TimerFacts[], problems: readonly Problem[]): string {
  const all = timers.length === 1 ? 'The one entrypoint is well' : `All ${timers.length} entrypoints are well`
  const paused = problems.length === 0 ? '' : `; ${problems.length} ${problems.length === 1 ? 'is' : 'are'} paused`
  return timers.length === 0 ? 'There are no timers.' : `${all}${paused}.`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
