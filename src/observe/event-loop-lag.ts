/**
 * How late timers fire on this thread's event loop, by Node's own sampler, which runs no JavaScript.
 *
 * Ten samples a second cost 0.04 % of a core (at prom-client's hundred it is 0.4 %). A stall shorter than 100 ms is seen
 * as often as it would have met a timer, which is what the engine's own timers suffer from it. Resolution is the event
 * loop's: lag below a millisecond is rounding.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Seconds } from '../kernel/time.js'
import type { LagQuantile } from './metric-table.js'

const PERIOD_MS = 100
/** A window is at least a second: two scrapers that come at the same time see the same one. */
const FEWEST_SAMPLES = 10

export function eventLoopLag(): { readonly read: () => Record<LagQuantile, Seconds>; readonly stop: () => void } {
  const delays = monitorEventLoopDelay({ resolution: PERIOD_MS })
  delays.enable()
  // What is recorded is the distance between two samples: the period, plus how late the second one was.
  const late = (nanoseconds: number): Seconds => Math.max(0, nanoseconds - PERIOD_MS * 1e6) / 1e9
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
