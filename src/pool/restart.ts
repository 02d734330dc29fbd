/**
 * The delay before a dead thread is replaced. It doubles from 100 ms to 30 s, and varies by a fifth so that threads that died
 * together do not restart together. After a thread has been up for a minute, the delay is 100 ms again.
 */
import type { Micros } from '../kernel/time.js'

const INITIAL = 100_000
const FACTOR = 2
const LONGEST = 30_000_000
const JITTER = 0.2
const STABLE_AFTER = 60_000_000

/** Creates the policy of one slot. `random` returns numbers in [0, 1). */
export function restartPolicy(random: () => number = Math.random): (upFor: Micros) => Micros {
  let next = INITIAL
  return (upFor) => {
    if (upFor >= STABLE_AFTER) next = INITIAL
    const delay = next
    next = Math.min(next * FACTOR, LONGEST)
    return Math.round(delay * (1 + JITTER * (2 * random() - 1)))
  }
}
