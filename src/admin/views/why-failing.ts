/** Says in words how a timer fails: since when, how many times in a row, with which error, and what happens next. Pure. */
import type { Millis } from '../../kernel/time.js'
import type { ErrorFold, ErrorText } from '../history/history-store.js'
import { longestRun, type TimerFacts } from './timer-facts.js'
import { streakSince, timerStatus } from './timer-status.js'
import { exactSpan, firstLine, momentWords, spanWords } from './words.js'

/** What is known of the failures of a timer. */
export interface FailureFacts {
  readonly facts: TimerFacts
  /** Its last error; undefined when none is known. */
  readonly lastError: ErrorFold | undefined
}

/** The streak of failures, the last error, the last success and what a failure leads to; empty when its last run did not fail. */
export function failureWords({ facts, lastError }: FailureFacts, now: Millis): string {
  if (facts.consecutiveFailures === 0) return ''
  const { sentence } = timerStatus({ ...facts, runningSince: undefined, pause: undefined }, now)
  const sentences = [sentence, errorWords(facts, lastError), successWords(facts, now), nextTryWords(facts)]
  return sentences.filter((one) => one !== '').join(' ')
}

/** `Its last error was TypeError: no rows, at charge (/app/billing.js:12:5).`; empty when no error of the streak is known. */
function errorWords(facts: TimerFacts, lastError: ErrorFold | undefined): string {
  const since = streakSince(facts)
  if (!lastError || (since !== undefined && lastError.lastAt < since)) return ''
  const { error } = lastError.text
  const place = stackPlace(error)
  return `Its last error was ${error.name}: ${firstLine(error.message)}${place === undefined ? '' : `, ${place}`}.`
}

/** `It last completed at 11:59:47.000Z, 13 s ago.` */
export function successWords({ lastSuccessAt }: TimerFacts, now: Millis): string {
  if (lastSuccessAt === undefined) return 'It has not completed since this process started.'
  return `It last completed at ${momentWords(lastSuccessAt, now)}, ${spanWords(Math.max(0, now - lastSuccessAt))} ago.`
}

/** What a failure leads to: another attempt, and its breaker. */
function nextTryWords({ timer, consecutiveFailures, circuit }: TimerFacts): string {
  const { retry, breaker } = timer
  const retried =
    retry.attempts === 1
      ? 'A run that fails is not tried again'
      : `A run that fails is tried up to ${retry.attempts} times, the second time after ${exactSpan(retry.backoff.initial)}`
  if (circuit.state !== 'closed') return `${retried}. ${probeWords(breaker, circuit.reason)}`
  if (!breaker) return `${retried}, and each tick runs it anew: it has no breaker.`
  const left = breaker.failures - consecutiveFailures
  const opens = left > 1 ? `after ${left} more failures` : 'after one more failure'
  return `${retried}, and each tick runs it anew, until its breaker keeps it from running ${opens}.`
}

function probeWords(breaker: TimerFacts['timer']['breaker'], reason: 'circuit_open' | 'quarantined'): string {
  const then = 'Then one tick runs as a probe: if it completes, all ticks run again'
  if (!breaker || reason === 'quarantined') return `${then}; if not, they are skipped for longer.`
  return `${then}; if not, they are skipped ${breaker.factor} times as long, for ${exactSpan(breaker.max)} at most.`
}

/** What ends a run that hangs. */
export function hangWords({ timer }: TimerFacts): string {
  return longestRun(timer) === undefined
    ? `Nothing ends it but a command: escapement abort ${timer.id}. A timeout would end such runs.`
    : 'Its thread should have been killed by now: look at the threads.'
}

/** The first place of a stack that is not in Node itself: `at charge (/app/billing.js:12:5)`. */
function stackPlace({ stack = '' }: ErrorText): string | undefined {
  const places = stack.split('\n').flatMap((line) => /^\s+(at .+)$/.exec(line)?.[1] ?? [])
  const place = places.find((one) => !/[ (]node:/.test(one)) ?? places[0]
  return place === undefined ? undefined : firstLine(place.replace('file://', ''))
}
