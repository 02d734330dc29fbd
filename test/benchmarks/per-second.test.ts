import { expect, it } from 'vitest'
import { perSecond } from '../../benchmarks/queue/per-second.js'

/** A run in each millisecond of a span. */
const each = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

it('the benchmark of the queue counts runs while every process had work, not while some were starting or had ended', () => {
  // The second process begins 1 s later, has another speed for 0.3 s, and goes on when the first one has ended at 3 s.
  const first = each(0, 3_001)
  const second = [...each(1_000, 1_300), ...each(1_000, 5_000)]
  expect(perSecond([first, second], 300)).toBe(2_000)
  expect(perSecond([first], 300)).toBe(1_000)
})

it('the benchmark of the queue refuses a measurement in which one process had ended before another began, or was warm', () => {
  expect(() => perSecond([each(0, 1_000), each(1_000, 2_000)], 300)).toThrow('more are needed')
  expect(() => perSecond([each(0, 1_000), each(500, 1_500)], 600)).toThrow('more are needed')
  expect(() => perSecond([each(0, 1_000), []], 300)).toThrow('more are needed')
})
