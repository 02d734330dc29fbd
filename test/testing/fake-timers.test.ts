/** A harness in a test whose framework has replaced clocks and timers. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { defineService } from '../../src/index.js'
import { createHarness } from '../../src/testing/index.js'

it('a harness advances while fake timers have replaced setImmediate, setTimeout and performance', async () => {
  vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'performance', 'Date', 'hrtime', 'queueMicrotask'] })
  onTestFinished(() => void vi.useRealTimers())
  const beats: number[] = []
  const harness = createHarness(
    defineService({
      name: 'beats',
      create: () => ({ beat: async ({ sequence }: { sequence: number }) => void beats.push(sequence) }),
      timers: { beat: { interval: '100ms' } },
    }),
  )
  await harness.advance('350ms')
  expect(beats).toEqual([1, 2, 3])
})
