import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { eventLoopLag } from '../../src/observe/event-loop-lag.js'

describe('event loop lag', () => {
  it('event loop lag is 0 before there is anything to tell', () => {
    const lag = eventLoopLag()
    expect(lag.take()).toEqual({ p50: 0, p99: 0, max: 0 })
    expect(lag.peek()).toEqual({ p50: 0, p99: 0, max: 0 })
    lag.stop()
  })

  it('event loop lag shows a stall as the longest, not as the median, and forgets it in the next window', async () => {
    const lag = eventLoopLag(50)
    await sleep(120)
    const until = performance.now() + 350
    while (performance.now() < until);
    while (lag.peek().max <= 0.2) await sleep(10)
    // To look does not end the window.
    expect(lag.peek().max).toBeGreaterThan(0.2)
    const stalled = lag.take()
    expect(stalled.max).toBeGreaterThan(0.2)
    expect(stalled.p50).toBeLessThan(stalled.max)
    expect(lag.take()).toBe(stalled)
    // A busy machine may stall the next windows as well, but not for ever.
    while ((await nextWindow(lag)).max >= stalled.max);
    lag.stop()
  })
})

/** Polls until there are enough samples for a new answer. */
async function nextWindow(lag: ReturnType<typeof eventLoopLag>) {
  const before = lag.take()
  while (lag.take() === before) await sleep(50)
  return lag.take()
}
