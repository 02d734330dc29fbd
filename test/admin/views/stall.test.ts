import { describe, expect, it } from 'vitest'
import { type ObservedRun, type StallEvidence, stallWords } from '../../../src/admin/views/stall.js'
import type { Change } from '../../../src/observe/changes/change.js'
import { factsOf, NOW, SECOND, skippedDue } from './facts.js'

/** Three ticks, due 11, 10 and 9 s ago, which could have started until 8 s ago. */
const MISSED = skippedDue(9 * SECOND, { reason: 'missed', count: 3, firstDueAt: NOW - 11 * SECOND })
const DEADLINE = SECOND

const run = (startedAgo: number, took: number | undefined, given: Partial<ObservedRun> = {}): ObservedRun => ({
  entrypoint: 'other.job',
  pool: 'other',
  startedAt: NOW - startedAgo,
  endedAt: took === undefined ? undefined : NOW - startedAgo + took,
  ...given,
})
const jumped = (ago: number, byMs: number): Change => ({
  at: NOW - ago,
  kind: 'clock',
  level: 'warning',
  text: '',
  clock: { byMs },
})
const died = (ago: number, service = 'svc'): Change => ({
  at: NOW - ago,
  kind: 'thread',
  level: 'critical',
  service,
  text: `thread 0 of ${service} ended (crashed)`,
})
/** Timers started runs before and after, and none between. */
const GAP = [run(11_200, 5), run(7_500, 5)]

describe('what kept ticks from starting until they were missed', () => {
  it.each<[title: string, expected: string, Partial<StallEvidence>]>([
    [
      'the clock was set forward, or the machine was suspended',
      'the wall clock moved forward by 10 s at 11:59:52.500Z: somebody set it, or the machine was suspended',
      { changes: [jumped(7_500, 10_000), died(9_000)], runs: GAP },
    ],
    [
      'the clock was set back',
      'the wall clock moved backward by 3 s at 11:59:50.000Z: somebody set it back',
      { changes: [jumped(10_000, -3_000)] },
    ],
    [
      'a jump of another time is not blamed',
      'no timer started a run from 11:59:48.800Z to 11:59:52.500Z: the main thread was blocked, or the process was stopped',
      { changes: [jumped(60_000, 10_000), jumped(2_000, -3_000)], runs: GAP },
    ],
    [
      'the thread of the service ended',
      'its thread was not running: thread 0 of svc ended (crashed) (at 11:59:50.500Z)',
      { changes: [died(9_500), died(9_000, 'other')], runs: GAP },
    ],
    [
      'a run of a neighbour kept the thread busy',
      'no thread of the pool svc was free: the run of svc.report that began at 11:59:48.000Z took 6 s',
      {
        runs: [...GAP, run(9_500, 20, { pool: 'svc' }), run(12_000, 6_000, { pool: 'svc', entrypoint: 'svc.report' })],
      },
    ],
    [
      'a run that ended before the deadline is not blamed: its thread was free in time',
      'no timer started a run from 11:59:48.800Z to 11:59:52.500Z: the main thread was blocked, or the process was stopped',
      { runs: [...GAP, run(12_000, 3_500, { pool: 'svc', entrypoint: 'svc.report' })] },
    ],
    [
      'a run that is still in progress keeps the thread busy',
      'no thread of the pool svc was free: the run of svc.report that began at 11:59:48.000Z has not ended yet',
      { runs: [...GAP, run(12_000, undefined, { pool: 'svc', entrypoint: 'svc.report' })] },
    ],
    [
      'nothing started a run: the main thread was blocked',
      'no timer started a run from 11:59:48.800Z to 11:59:52.500Z: the main thread was blocked, or the process was stopped',
      { runs: [run(20_000, 5), ...GAP, run(1_000, 5)] },
    ],
    [
      'other timers started runs meanwhile, so the scheduler worked',
      'no thread was free, or this timer alone was held up',
      { runs: [...GAP, run(9_500, 5)] },
    ],
    ['nothing is known', 'the scheduler was stalled or suspended, or no thread was free', {}],
  ])('%s', (_title, expected, evidence) => {
    expect(stallWords(MISSED, factsOf(), DEADLINE, { changes: [], runs: [], ...evidence }, NOW)).toBe(expected)
  })
})
