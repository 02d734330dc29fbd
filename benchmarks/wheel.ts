/**
 * The timing wheel as the scheduler uses it, against Node's timers and a 4-ary heap. No contender sleeps: time is virtual.
 *
 * - `insert+cancel`: n timers are pending, 1 to 1000 ms ahead; each operation cancels one and inserts it again for another
 *   moment. The oldest is cancelled first, as deadlines are; "at random" is the worst case, where each operation misses
 *   the cache.
 * - `expire+rearm`: n timers of 100 ms; the clock goes from one expiry to the next, as the scheduler's does, and each
 *   operation takes out one due timer and arms it again. Timers that are due one after the other lie one after the other
 *   in memory; "at random" they do not. Node's timers cannot run in virtual time: n timers of 1 ms re-arm themselves in
 *   real time, which keeps the thread busy from some thousands on (below that, the millisecond limits them).
 * - `tick through the scheduler`: the same through the whole scheduler, with a sink that takes every offer (one expiry and
 *   one re-arm a tick), with one that takes none (two of each), and with timers that are not punctual (one of each).
 * - memory: what n pending timers take, beside the handles.
 *
 * Every round sets up anew and warms up, and contenders take turns; the median round counts.
 */
import type { Row } from './report.js'
import { BEATS, beatSample, rearmByNode } from './wheel/beat.js'
import { CHURNS, churnSample } from './wheel/churn.js'
import { compare } from './wheel/compare.js'
import { memoryOf } from './wheel/memory.js'
import { SCHEDULERS, schedulerSample } from './wheel/scheduler-beat.js'

const SIZES = { quick: [1_000, 100_000], full: [1_000, 10_000, 100_000, 1_000_000] }
const ROUNDS = { quick: 5, full: 9 }
const ORDERS = ['', ' at random'] as const

export async function wheel({ quick }: { quick: boolean }): Promise<Row[]> {
  const sizes = quick ? SIZES.quick : SIZES.full
  const rounds = quick ? ROUNDS.quick : ROUNDS.full
  // Memory first, before anything else makes the process grow.
  const memory: Row[] = []
  for (const contender of Object.keys(CHURNS)) memory.push(...(await memoryOf(contender, sizes.at(-1)!)))
  const rows: Row[] = []
  for (const order of ORDERS) {
    for (const n of sizes) rows.push(...compare(CHURNS, `insert+cancel${order}`, n, rounds, churnSample(n, order)))
  }
  for (const order of ORDERS) {
    for (const n of sizes) rows.push(...compare(BEATS, `expire+rearm${order}`, n, rounds, beatSample(n, order)))
  }
  for (const n of sizes) rows.push(...(await rearmByNode(n)))
  for (const n of sizes) rows.push(...compare(SCHEDULERS, 'tick through the scheduler', n, rounds, schedulerSample(n)))
  return [...rows, ...memory]
}
