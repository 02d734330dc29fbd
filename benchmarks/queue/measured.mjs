/** The numbers that the runs of a process write down, from any of its threads, and how they reach the benchmark. */
import { setTimeout as sleep } from 'node:timers/promises'

const REPORT_EVERY_MS = 50
const CLOCK_SAMPLES = 20

/** Memory for so many numbers, behind their count. */
export function measuredMemory(most) {
  return new SharedArrayBuffer((1 + most) * Float64Array.BYTES_PER_ELEMENT)
}

/** Returns a function that writes a number down. */
export function noteIn(memory) {
  const count = new Int32Array(memory, 0, 1)
  const numbers = new Float64Array(memory, Float64Array.BYTES_PER_ELEMENT)
  return (number) => {
    numbers[Atomics.add(count, 0, 1)] = number
  }
}

/**
 * Returns a function that says how many milliseconds ago a moment of the wall clock was. The wall clock is read in whole milliseconds;
 * where they begin on the monotonic clock is found by waiting for some of them to end. A thread that is interrupted meanwhile sees
 * the end too late, so the earliest counts.
 */
export function latenessOf() {
  let offset = Number.NEGATIVE_INFINITY
  for (let sample = 0; sample < CLOCK_SAMPLES; sample++) {
    const before = Date.now()
    let wall = before
    while (wall === before) wall = Date.now()
    offset = Math.max(offset, wall - monotonicMillis())
  }
  return (dueWall) => monotonicMillis() + offset - dueWall
}

/** On the monotonic clock of the machine, the same in all processes. */
export function monotonicMillis() {
  return Number(process.hrtime.bigint()) / 1e6
}

/**
 * Tells the benchmark how many numbers there are, until it says that there are enough. Then `stop` is called, the numbers are sent,
 * and the process ends.
 */
export async function report(memory, stop) {
  const count = new Int32Array(memory, 0, 1)
  let isEnough = false
  process.once('message', () => {
    isEnough = true
  })
  // The benchmark has died.
  process.once('disconnect', () => process.exit(1))
  while (!isEnough) {
    process.send({ count: Atomics.load(count, 0) })
    await sleep(REPORT_EVERY_MS)
  }
  await stop()
  const numbers = [...new Float64Array(memory, Float64Array.BYTES_PER_ELEMENT, Atomics.load(count, 0))]
  process.send({ numbers }, () => process.exit(0))
}
