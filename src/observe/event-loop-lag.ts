/**
 * How late timers fire on this thread's event loop, by Node's own sampler, which runs no JavaScript.
 *
 * Every sample wakes the thread, which costs up to 0.2 ms on a machine that has nothing else to do: two a second are
 * next to nothing, prom-client's hundred are several times what the engine itself takes. A short stall is seen as often
 * as it would have met a timer. Resolution is the event loop's: lag below a millisecond is rounding.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Seconds } from '../kernel/time.js'
import type { LagQuantile } from './metric-table.js'

const PERIOD_MS = 500
/** A window is two seconds or more: two scrapers that come at the same time see the same one. */
const FEWEST_SAMPLES = 4

export function eventLoopLag(periodMs = PERIOD_MS): {
  readonly read: () => Record<LagQuantile, Seconds>
  readonly stop: () => void
} {
  const delays = monitorEventLoopDelay({ resolution: periodMs })
  delays.enable()
  // What is recorded is the distance between two samples: the period, plus how late the second one was.
  const late = (nanoseconds: number): Seconds => Math.max(0, nanoseconds - periodMs * 1e6) / 1e9
  let last: Record<LagQuantile, Seconds> = { '0.5': 0, '0.99': 0, '1': 0 }
  return {
    read() {
      if (delays.count >= FEWEST_SAMPLES) {
        last = { '0.5': late(delays.percentile(50)), '0.99': late(delays.percentile(99)), '1': late(delays.max) }
        delays.reset()
      }
      return last
    },
    stop: () => void delays.disable(),
  }
}
