/**
 * The port through which the engine reads the time and sets timers.
 *
 * The monotonic clock decides when a tick is due. It is `process.hrtime` in whole microseconds and has the same origin on
 * every thread of the process, so threads can exchange its values. The wall clock serves cron, windows, logs and leases.
 * An architecture test fails when another file in `src/` reads a clock or sets a timer.
 */
import { performance } from 'node:perf_hooks'
import type { Micros, Millis } from './time.js'

export interface Clock {
  /** Microseconds on the monotonic clock. It never goes back. On Linux it stands still while the machine is suspended. */
  now(): Micros
  /** Milliseconds since the Unix epoch. The value can jump forward or back. */
  wallNow(): Millis
  /**
   * Calls `wake` once at about `at` and replaces the alarm that was set before. The call can come up to a millisecond early
   * or late: `wake` reads {@link Clock.now} and sets the alarm again when nothing is due yet. At most 24 days ahead.
   */
  setAlarm(at: Micros, wake: () => void): void
  clearAlarm(): void
  /** Calls `callback` once after about `span`, never earlier. The returned function cancels the call. For deadlines, not for ticks. */
  after(span: Micros, callback: () => void): () => void
  /** Resolves after about `span`, or rejects with the reason of `signal`. For back-off and deadlines, not for ticks. */
  sleep(span: Micros, signal?: AbortSignal): Promise<void>
}

// Captured when this module loads, before any module of a user: a job that replaces clocks and timers, as fake timers of test
// frameworks do, must not stop the clock of its thread.
const { setTimeout, clearTimeout, setImmediate, queueMicrotask } = globalThis
const performanceNow = performance.now.bind(performance)
const hrtimeNow = process.hrtime.bigint.bind(process.hrtime)
const dateNow = Date.now.bind(Date)

/** A callback after so many milliseconds, by the timers of Node whatever a job has put in their place. */
export const realTimeout: (callback: () => void, millis: number) => NodeJS.Timeout = setTimeout

/** The same for a callback at the end of this turn of the event loop. */
export const realImmediate: (callback: () => void) => void = setImmediate

/** The same for a callback when the code that runs now has returned. */
export const realMicrotask: (callback: () => void) => void = queueMicrotask

/**
 * Returns a function that reads the monotonic clock in whole microseconds.
 *
 * `process.hrtime()` allocates an array on each call and `process.hrtime.bigint()` a BigInt. `performance.now()` allocates
 * nothing and reads the same kernel clock, but its origin differs from thread to thread. So the offset between the two is
 * measured once on each thread, and only `performance.now()` is read afterwards. The largest lower bound of all samples is
 * the offset: the result may be a fraction of a microsecond slow but is never fast, because a run must never start early.
 */
export function monotonicNow(): () => Micros {
  const offset = measureOffset()
  return () => Math.floor(performanceNow() * 1_000 + offset)
}

function measureOffset(): number {
  let offset = Number.NEGATIVE_INFINITY
  for (let sample = 0; sample < 32; sample++) {
    const hrtime = hrtimeNow()
    const after = performanceNow()
    offset = Math.max(offset, Number(hrtime) / 1_000 - after * 1_000)
  }
  return offset
}

/** The real clock of the machine. */
export function systemClock(): Clock {
  const now = monotonicNow()
  let alarm: NodeJS.Timeout | undefined
  return {
    now,
    wallNow: dateNow,
    setAlarm(at, wake) {
      clearTimeout(alarm)
      // Node truncates to whole milliseconds and can fire 1 ms early (libuv#4773). Rounding up makes useless wake-ups rare.
      const delayMs = Math.ceil((at - now()) / 1_000)
      alarm = setTimeout(wake, Math.max(0, delayMs))
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
