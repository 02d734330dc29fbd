/**
 * The two clocks of the engine and its only alarm.
 *
 * The monotonic clock decides *when*; it is `process.hrtime` in whole microseconds, the same on every thread of the
 * process, so an instant taken on one thread means the same on another. The wall clock is for cron, windows, logs and
 * leases. Nothing else in `src/` reads a clock or arms a timer (an architecture test sees to it).
 */
import { performance } from 'node:perf_hooks'
import type { Micros, Millis } from './time.js'

export interface Clock {
  /** Microseconds on the monotonic clock. Never goes back; stops while the machine is suspended (Linux). */
  now(): Micros
  /** Milliseconds since the Unix epoch; may jump either way. */
  wallNow(): Millis
  /**
   * Calls `wake` once at about `at`, replacing the alarm set before. It may come up to a millisecond early or late:
   * the caller looks at {@link Clock.now} and sets it again when there is nothing to do yet. At most 24 days ahead.
   */
  setAlarm(at: Micros, wake: () => void): void
  clearAlarm(): void
  /** Calls `callback` once after about `span`, never before; the result calls it off. For deadlines, never for ticks. */
  after(span: Micros, callback: () => void): () => void
  /** Resolves after about `span`. For back-off and deadlines, never for ticks. */
  sleep(span: Micros, signal?: AbortSignal): Promise<void>
}

/**
 * Reads the monotonic clock in whole microseconds.
 *
 * `process.hrtime()` allocates an array per call and its bigint twin a BigInt; `performance.now()` does not, and reads
 * the same kernel clock with an origin of its own on each thread. So the offset between the two is measured once per
 * thread and `performance.now()` is read from then on. Of all samples the largest lower bound is taken: a clock that
 * may run a fraction of a microsecond slow, never fast, because what is done by it must never be early.
 */
export function monotonicNow(): () => Micros {
  const offset = measureOffset()
  return () => Math.floor(performance.now() * 1_000 + offset)
}

function measureOffset(): number {
  let offset = Number.NEGATIVE_INFINITY
  for (let sample = 0; sample < 32; sample++) {
    const hrtime = process.hrtime.bigint()
    const after = performance.now()
    offset = Math.max(offset, Number(hrtime) / 1_000 - after * 1_000)
  }
  return offset
}

/** The clock of the machine. */
export function systemClock(): Clock {
  const now = monotonicNow()
  let alarm: NodeJS.Timeout | undefined
  return {
    now,
    wallNow: () => Date.now(),
    setAlarm(at, wake) {
      clearTimeout(alarm)
      // Node truncates to whole milliseconds and may fire one early (libuv#4773): rounding up keeps vain wake-ups rare.
      const rest = Math.ceil((at - now()) / 1_000)
      alarm = setTimeout(wake, Math.max(0, rest))
    },
    clearAlarm() {
      clearTimeout(alarm)
      alarm = undefined
    },
    after(span, callback) {
      const timer = setTimeout(callback, Math.ceil(span / 1_000) + 1)
      return () => clearTimeout(timer)
    },
    sleep(span, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const abort = () => {
          clearTimeout(timer)
          reject(signal?.reason)
        }
        const timer = setTimeout(
          () => {
            signal?.removeEventListener('abort', abort)
            resolve()
          },
          Math.ceil(span / 1_000),
        )
        signal?.addEventListener('abort', abort, { once: true })
      })
    },
  }
}
