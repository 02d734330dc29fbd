/** What the test of the ring of recent ticks and its writer thread share. */
import type { TickRing } from '../../src/counters/tick-ring.js'
import type { RecentTick } from '../../src/counters/tick-ring-reader.js'

export interface RingSetup {
  /** `unversioned`: the reader sees sequence words that never change. */
  readonly kind: 'versioned' | 'unversioned'
  readonly progress: Int32Array
}

export const STOP = 0
/** How many ticks have been written. */
export const WRITTEN = 1

/** Writes a tick whose every number follows from `number`. */
export function writeNumbered(ring: TickRing, number: number): void {
  const tick = { sequence: number, dueMono: 3 * number, dueWall: 5 * number, startBy: 0 }
  if (number % 2 === 1) ring.skipped(number % 7, tick, 'running', number)
  else ring.ended(number % 7, tick, 'failed', number, 7 * number, 11 * number, number)
}

export function isWhole(tick: RecentTick): boolean {
  const { sequence, timer, dueMono, dueWall } = tick
  const isRun = tick.end === 'run'
  const count = isRun ? tick.attempts : tick.count
  if (timer !== sequence % 7 || dueMono !== 3 * sequence || dueWall !== 5 * sequence || count !== sequence) return false
  return (
    isRun === (sequence % 2 === 0) && (!isRun || (tick.startedAt === 7 * sequence && tick.endedAt === 11 * sequence))
  )
}
