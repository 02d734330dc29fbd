import { describe, expect, it } from 'vitest'
import type { ErrorFold } from '../../../src/admin/history/history-store.js'
import type { TimerFacts } from '../../../src/admin/views/timer-facts.js'
import { longestRun } from '../../../src/admin/views/timer-facts.js'
import { whyOf } from '../../../src/admin/views/why.js'
import type { TimerDefinition } from '../../../src/kernel/definitions.js'
import { timerDefinition } from '../../support/timer.js'
import { factsOf, NOW, PAUSE, runDue, SECOND } from './facts.js'

const NO_ROWS: ErrorFold = {
  text: {
    error: {
      name: 'TypeError',
      message: 'no rows\nin the table',
      stack:
        'TypeError: no rows\nin the table\n    at Object.parse (node:internal/json:3:1)\n    at charge (file:///app/billing.js:12:5)',
    },
    lines: [],
  },
  count: 12,
  firstAt: NOW - 12 * SECOND,
  lastAt: NOW - SECOND,
}
const OLD_ERROR: ErrorFold = { ...NO_ROWS, lastAt: NOW - 60 * SECOND }
const failed = (count: number, outcome: 'failed' | 'timed_out' | 'crashed' = 'failed') => ({
  consecutiveFailures: count,
  lastSuccessAt: NOW - (count + 1) * SECOND,
  last: [
    runDue((count + 1) * SECOND),
    ...Array.from({ length: count }, (_, at) => runDue((count - at) * SECOND, { outcome })),
  ],
})
const BREAKER = { failures: 15, reset: 30_000_000, factor: 2, max: 600_000_000 }
const RETRY = { attempts: 3, backoff: { initial: 500_000, factor: 2, max: 60_000_000, jitter: 0.2 } }
const NEXT = 'svc.work is not running at the moment. It is next due at 12:00:00.400Z, in 400 ms.'
const NOT_RETRIED = 'A run that fails is not tried again, and each tick runs it anew: it has no breaker.'

describe('why a timer that fails does so', () => {
  it.each<[title: string, expected: string, Partial<TimerFacts>, Partial<TimerDefinition>?, ErrorFold?]>([
    [
      'how many in a row since when, the error with its place, the last success, what follows',
      `svc.work keeps failing: 12 failures in a row since 11:59:48.000Z. Its last error was TypeError: no rows, at charge (/app/billing.js:12:5). It last completed at 11:59:47.000Z, 13 s ago. ${NOT_RETRIED} ${NEXT}`,
      failed(12),
      {},
      NO_ROWS,
    ],
    [
      'a single failure',
      `svc.work failed in its last run at 11:59:59.000Z. Its last error was TypeError: no rows, at charge (/app/billing.js:12:5). It last completed at 11:59:58.000Z, 2 s ago. ${NOT_RETRIED} ${NEXT}`,
      failed(1),
      {},
      NO_ROWS,
    ],
    [
      'an error of an earlier streak is not blamed',
      `svc.work keeps failing: 2 failures in a row since 11:59:58.000Z. It last completed at 11:59:57.000Z, 3 s ago. ${NOT_RETRIED} ${NEXT}`,
      failed(2),
      {},
      OLD_ERROR,
    ],
    [
      'a timer that never completed says so',
      `svc.work keeps failing: 2 failures in a row since 11:59:58.000Z. It has not completed since this process started. ${NOT_RETRIED} ${NEXT}`,
      { ...failed(2), lastSuccessAt: undefined },
    ],
    [
      'retries and a breaker that is about to open',
      `svc.work keeps failing: 14 failures in a row since 11:59:46.000Z. It last completed at 11:59:45.000Z, 15 s ago. A run that fails is tried up to 3 times, the second time after 500 ms, and each tick runs it anew, until its breaker keeps it from running after one more failure. ${NEXT}`,
      failed(14),
      { retry: RETRY, breaker: BREAKER },
    ],
    [
      'a breaker that needs more failures',
      `svc.work keeps failing: 12 failures in a row since 11:59:48.000Z. It last completed at 11:59:47.000Z, 13 s ago. A run that fails is not tried again, and each tick runs it anew, until its breaker keeps it from running after 3 more failures. ${NEXT}`,
      failed(12),
      { breaker: BREAKER },
    ],
    [
      'runs with retries that hang one after the other',
      `svc.work keeps hanging: 6 time-outs in a row since 11:59:54.000Z; each took longer than its timeout of 5 s. It last completed at 11:59:53.000Z, 7 s ago. A run that fails is tried up to 3 times, the second time after 500 ms, and each tick runs it anew: it has no breaker. svc.work is running: its run has been in progress for 2 s, since 11:59:58.000Z; its timeout is 5 s.`,
      { ...failed(6, 'timed_out'), runningSince: NOW - 2 * SECOND },
      { retry: RETRY, timeout: 5_000_000 },
    ],
    [
      'crashes before a pause',
      `svc.work does not run: it is paused by eva since 11:00:00.000Z (moving the database), until somebody resumes it. Before that: svc.work keeps failing: 3 crashes in a row since 11:59:57.000Z. It last completed at 11:59:56.000Z, 4 s ago. ${NOT_RETRIED}`,
      { ...failed(3, 'crashed'), pause: PAUSE },
    ],
    [
      'an open circuit, and the probe that follows',
      'svc.work does not run until 12:01:00.000Z: its circuit is open after 15 failures in a row. Its last error was TypeError: no rows, at charge (/app/billing.js:12:5). It last completed at 11:59:44.000Z, 16 s ago. A run that fails is not tried again. Then one tick runs as a probe: if it completes, all ticks run again; if not, they are skipped 2 times as long, for 10 m at most.',
      { ...failed(15), circuit: { state: 'open', reason: 'circuit_open', until: NOW + 60 * SECOND } },
      { breaker: BREAKER },
      NO_ROWS,
    ],
  ])('%s', (_title, expected, facts, definition, lastError) => {
    const sources = {
      facts: factsOf(facts, definition),
      ticks: [],
      threads: [],
      health: { live: true, ready: true, problems: [] },
      nextInWindow: undefined,
      lastError,
      evidence: { changes: [], runs: [] },
    }
    expect(whyOf(sources, NOW).sentences[0]).toBe(expected)
  })
})

describe('how long a run may take', () => {
  it.each<[Partial<TimerDefinition>, number | undefined]>([
    [{}, undefined],
    [{ timeout: 5_000_000 }, 6_000],
    // Three attempts of 5 s, delays of at most 0.6 and 1.2 s, and the grace of the last attempt.
    [{ timeout: 5_000_000, retry: RETRY }, 17_800],
    [{ timeout: 5_000_000, retry: { attempts: 3, backoff: { ...RETRY.backoff, max: 700_000 } } }, 17_300],
  ])('%j: %s ms', (definition, expected) => {
    expect(longestRun(timerDefinition(definition))).toBe(expected)
  })
})
