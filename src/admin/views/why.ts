/** Answers "why is it, or is it not, running?": first for now, then for the last ticks, newest first. Pure. */

import type { Health } from '../../kernel/health.js'
import type { Millis } from '../../kernel/time.js'
import type { ThreadView } from '../../kernel/view.js'
import { isInside } from '../../schedule/window.js'
import type { Why } from '../api/schemas.js'
import type { HistoryTick } from '../history/history-store.js'
import { windowWords } from './definition-words.js'
import type { StallEvidence } from './stall.js'
import { timerStatus } from './timer-status.js'
import { type FailureFacts, failureWords, hangWords, successWords } from './why-failing.js'
import { timeoutWords, whyTick } from './why-tick.js'
import { momentWords, spanWords } from './words.js'

export interface WhySources extends FailureFacts {
  /** Newest first. */
  readonly ticks: readonly HistoryTick[]
  /** Undefined: the main thread has not answered. */
  readonly threads: readonly ThreadView[] | undefined
  readonly health: Health
  /** The next due moment inside the window; undefined when none is known. */
  readonly nextInWindow: Millis | undefined
  /** What else happened when ticks were missed. */
  readonly evidence: StallEvidence
}

/** Ticks that are explained. */
const EXPLAINED = 10

export function whyOf(sources: WhySources, now: Millis): Why {
  const { facts, ticks, evidence } = sources
  return {
    entrypoint: facts.timer.id,
    sentences: [whyNow(sources, now), ...ticks.slice(0, EXPLAINED).map((tick) => whyTick(tick, facts, evidence, now))],
  }
}

/** The first reason that holds. Who paused it comes first, because that explains all that follows; then how it fails, if it does. */
function whyNow(sources: WhySources, now: Millis): string {
  const { facts, health } = sources
  const { timer, pause } = facts
  if (!health.live) return `${timer.id} does not run: ${health.problems.map(({ text }) => text).join('; ')}.`
  const trouble = failureWords(sources, now)
  if (pause) {
    const reason = pause.reason === undefined ? '' : ` (${pause.reason})`
    const paused = `${timer.id} does not run: it is paused by ${pause.by} since ${momentWords(pause.at, now)}${reason}, until somebody resumes it.`
    return joined(paused, trouble && `Before that: ${trouble}`)
  }
  const { condition, sentence } = timerStatus(facts, now)
  if (condition === 'hung') return joined(sentence, hangWords(facts), successWords(facts, now))
  // How it fails says that its circuit is open, and until when.
  if (condition === 'circuit_open') return trouble
  if (condition === 'quarantined') return joined(sentence, trouble && successWords(facts, now))
  return joined(trouble, state(sources, now))
}

/** Whether it runs at this moment, and when it does next. */
function state(sources: WhySources, now: Millis): string {
  const { facts, threads } = sources
  const { timer, holdsLease, handsOver, runningSince, ledger, pool } = facts
  const { id } = timer
  if (runningSince !== undefined && now >= runningSince) {
    const running = spanWords(now - runningSince)
    return `${id} is running: its run has been in progress for ${running}, since ${momentWords(runningSince, now)}; ${timeoutWords(facts)}.`
  }
  const own = threads?.filter((thread) => thread.pool === pool) ?? []
  const [down] = own.filter(({ state }) => NO_THREAD.has(state))
  if (down && own.every(({ state }) => NO_THREAD.has(state))) {
    const problem = down.problem === undefined ? '' : ` (${down.problem})`
    return `${id} does not run: its thread is ${down.state}${problem}, and its ticks wait for it.`
  }
  if (holdsLease === false) {
    return `${id} does not run here: this instance does not hold the lease ${timer.lease}, so another one runs it, or none has the lease.`
  }
  if (handsOver === false) {
    const taken =
      ledger.pending > 0
        ? 'A ticket that it has taken waits for a thread.'
        : 'No ticket that it has taken is running at the moment.'
    if (facts.notOfferedSince !== undefined) return `${timerStatus(facts, now).sentence} ${taken}`
    return `${id} hands no tick over to the queue here: this instance does not hold the lease ${timer.offerLease}, so another one does that, or none has the lease; with escapement.queue.offer: false it never holds it. ${taken}`
  }
  if (timer.window && !isInside(timer.window, now)) {
    return `${id} does not run: it is outside its window, ${windowWords(timer.window)}.${nextWords(sources, now)}`
  }
  if (ledger.pending > 0) {
    const others = timer.scope === 'queue' ? 'or for the queue' : 'or for a claim'
    return `${id} has a tick that waits for its turn, for a thread, ${others}.`
  }
  if (facts.nextDueAt === undefined) return `${id} does not run: no tick of it is due any more.`
  const { condition, level, sentence } = timerStatus(facts, now)
  const isTold = level === 'ok' || condition === 'failing' || condition === 'failed_once'
  return joined(`${id} is not running at the moment.${nextWords(sources, now)}`, isTold ? '' : sentence)
}

function joined(...sentences: readonly string[]): string {
  return sentences.filter((one) => one !== '').join(' ')
}

const NO_THREAD: ReadonlySet<ThreadView['state']> = new Set(['starting', 'ending', 'zombie', 'restarting', 'stopped'])

function nextWords({ facts, nextInWindow }: WhySources, now: Millis): string {
  const next = facts.timer.window ? nextInWindow : facts.nextDueAt
  if (next === undefined) return ''
  return next > now
    ? ` It is next due at ${momentWords(next, now)}, in ${spanWords(next - now)}.`
    : ` It was due at ${momentWords(next, now)} and is late by ${spanWords(now - next)}.`
}
