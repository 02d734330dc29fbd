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
  else ring.ended(number % 7, tick, 'failed', number, reported(number), causeOf(number), 13 * number)
}

const reported = (number: number) => ({ startedAt: 7 * number, endedAt: 11 * number, threadId: number })
const causeOf = (number: number) => (number % 4 === 0 ? 'manual' : undefined)

export function isWhole(tick: RecentTick): boolean {
  const { sequence, timer, dueMono, dueWall } = tick
  if (tick.end !== 'run' && tick.end !== 'skipped') return false
  const count = tick.end === 'run' ? tick.attempts : tick.count
  if (timer !== sequence % 7 || dueMono !== 3 * sequence || dueWall !== 5 * sequence || count !== sequence) return false
  if (tick.end === 'skipped') return sequence % 2 === 1
  const { startedAt, endedAt, bookedAt, cause } = tick
  const areMomentsRight = startedAt === 7 * sequence && endedAt === 11 * sequence && bookedAt === 13 * sequence
  return sequence % 2 === 0 && areMomentsRight && cause === causeOf(sequence)
}
