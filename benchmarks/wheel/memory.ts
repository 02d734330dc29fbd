import { setTimeout as sleep } from 'node:timers/promises'
import type { Row } from '../report.js'
import { CHURNS, type ChurnConstructor, LONGEST_DELAY_MS } from './churn.js'
import { collectGarbage, randomIntegers } from './compare.js'

const HOUR_MS = 3_600_000

/**
 * What n pending timers take: allocated (on the heap and in array buffers), and resident. The handles that the user of a
 * contender keeps are not counted; the wheel has none.
 */
export async function memoryOf(contender: string, n: number): Promise<Row[]> {
  const { allocated, resident } = await bytesPerTimer(CHURNS[contender]!, n)
  const row = { bench: 'wheel', case: 'pending timers', contender, n, unit: 'bytes/timer' }
  return [
    { ...row, metric: 'memory', value: allocated },
    { ...row, metric: 'resident memory', value: resident },
  ]
}

export async function bytesPerTimer(
  Contender: ChurnConstructor,
  n: number,
): Promise<{ allocated: number; resident: number }> {
  // Far enough ahead that none of Node's timers fires while memory settles.
  const delays = randomIntegers(n, LONGEST_DELAY_MS).map((delay) => delay + HOUR_MS)
  const before = await usage()
  const churn = new Contender(delays)
  const after = await usage()
  churn.clear()
  return {
    allocated: (after.allocated - before.allocated) / n - Contender.handleBytes,
    resident: (after.resident - before.resident) / n - Contender.handleBytes,
  }
}

/** Array buffers are freed by another thread some time after the collection, hence the pause. */
async function usage(): Promise<{ allocated: number; resident: number }> {
  collectGarbage()
  await sleep(200)
  collectGarbage()
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  return { allocated: heapUsed + arrayBuffers, resident: rss }
}
