/**
 * Measures how late timers fire on this thread's event loop, with Node's own sampler, which runs no JavaScript.
 *
 * Every sample wakes the thread, which costs up to 0.2 ms on an idle machine. Two samples a second cost next to nothing;
 * prom-client's hundred cost several times as much as the engine itself. The chance that a sample catches a short stall
 * equals the chance that the stall delays a timer. The event loop's resolution applies: lag below a millisecond is
 * rounding.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Seconds } from '../kernel/time.js'
import type { LagStat } from '../kernel/vocabulary.js'

const PERIOD_MS = 500
/** A window lasts at least two seconds, so two scrapers that come at the same time read the same window. */
const MIN_SAMPLES = 4

export interface EventLoopLag {
  /** The lag since the last window began. A window of {@link MIN_SAMPLES} or more ends, and the next one begins. */
  take(): Readonly<Record<LagStat, Seconds>>
  /** The lag since the last window began; the window continues. */
  peek(): Readonly<Record<LagStat, Seconds>>
  stop(): void
}

export function eventLoopLag(periodMs = PERIOD_MS): EventLoopLag {
  const delays = monitorEventLoopDelay({ resolution: periodMs })
  delays.enable()
  // The recorded value is the distance between two samples: the period plus the lateness of the second sample.
  const late = (nanoseconds: number): Seconds => Math.max(0, nanoseconds - periodMs * 1e6) / 1e9
  let last: Readonly<Record<LagStat, Seconds>> = { p50: 0, p99: 0, max: 0 }
  const peek = () => {
    if (delays.count < MIN_SAMPLES) return last
    return { p50: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(delays.max) }
  }
  return {
    peek,
    take() {
      last = peek()
      if (delays.count >= MIN_SAMPLES) delays.reset()
      return last
    },
    stop: () => void delays.disable(),
  }
}
