/** How far the wall clock is ahead of the monotonic one. */

const SAMPLES = 5

/**
 * The wall clock minus `process.hrtime`, in nanoseconds. `Date.now()` counts whole milliseconds, so the moment at which it changes is
 * looked for. What interrupts the look makes the result too small: the largest of several is right.
 */
export function wallOffset(): bigint {
  let offset: bigint | undefined
  for (let sample = 0; sample < SAMPLES; sample++) {
    const before = Date.now()
    let now = before
    while (now === before) now = Date.now()
    const found = BigInt(now) * 1_000_000n - process.hrtime.bigint()
    if (offset === undefined || found > offset) offset = found
  }
  return offset!
}
