import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { eventLoopLag } from '../../src/observe/event-loop-lag.js'

describe('event loop lag', () => {
  it('event loop lag is 0 before there is anything to tell', () => {
    const lag = eventLoopLag()
    expect(lag.read()).toEqual({ '0.5': 0, '0.99': 0, '1': 0 })
    lag.stop()
  })

  it('event loop lag shows a stall as the longest, not as the median, and forgets it in the next window', async () => {
    const lag = eventLoopLag(50)
    await sleep(120)
    const until = performance.now() + 350
    while (performance.now() < until);
    const stalled = await nextWindow(lag)
    expect(stalled['1']).toBeGreaterThan(0.2)
    expect(stalled['0.5']).toBeLessThan(stalled['1'])
    expect(lag.read()).toBe(stalled)
    // A busy machine may stall the next windows as well, but not for ever.
    while ((await nextWindow(lag))['1'] >= stalled['1']);
    lag.stop()
  })
})

/** Polls until there are enough samples for a new answer. */
async function nextWindow(lag: ReturnType<typeof eventLoopLag>) {
  const before = lag.read()
  while (lag.read() === before) await sleep(50)
  return lag.read()
}
