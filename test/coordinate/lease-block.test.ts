import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { LeaseBlock } from '../../src/coordinate/lease-block.js'

/** TypeScript in a worker thread of a test. */
const LOAD_READER = `
  import('tsx/esm/api').then(({ register }) => {
    register()
    return import(${JSON.stringify(new URL('./lease-reader.ts', import.meta.url).href)})
  })
`

describe('a lease in shared memory', () => {
  it('is not held, and has no epoch, before it is published', () => {
    const block = LeaseBlock.withLeases(1)
    expect(block.epoch(0)).toBe(0n)
    expect(block.isHeld(0, -1, -1)).toBe(false)
  })

  it.each([
    ['before both ends', 999, 1_999, true],
    ['at its end on the monotonic clock', 1_000, 1_999, false],
    ['at its end on the wall clock', 999, 2_000, false],
    ['after a suspend, by the wall clock alone', 0, 3_600_000, false],
  ])('is held or not %s', (_, now, wallNow, isHeld) => {
    const block = LeaseBlock.withLeases(1)
    block.publish(0, 7n, 1_000, 2_000)
    expect(block.isHeld(0, now, wallNow)).toBe(isHeld)
  })

  it('keeps its epoch when its validity is taken away', () => {
    const block = LeaseBlock.withLeases(1)
    block.publish(0, 7n, 1_000, 2_000)
    block.publish(0, 7n, 0, 0)
    expect(block.isHeld(0, 0, 0)).toBe(false)
    expect(block.epoch(0)).toBe(7n)
  })

  it('carries epochs and instants of any size, and cuts fractions off', () => {
    const block = LeaseBlock.withLeases(1)
    block.publish(0, 2n ** 62n + 1n, 2 ** 53 - 1, 1_767_225_600_000.9)
    expect(block.read(0)).toEqual({ epoch: 2n ** 62n + 1n, until: 2 ** 53 - 1, wallUntil: 1_767_225_600_000 })
  })

  it('is one of several that do not touch each other', () => {
    const block = LeaseBlock.withLeases(3)
    for (let round = 1; round <= 3; round++) {
      for (let lease = 0; lease < 3; lease++) block.publish(lease, BigInt(10 * lease + round), lease, round)
    }
    expect([0, 1, 2].map((lease) => block.read(lease))).toEqual(
      [0, 1, 2].map((lease) => ({ epoch: BigInt(10 * lease + 3), until: lease, wallUntil: 3 })),
    )
  })

  it('goes on being held across many renewals', () => {
    const block = LeaseBlock.withLeases(1)
    for (let renewal = 1; renewal <= 1_000; renewal++) {
      block.publish(0, 1n, renewal, renewal)
      expect(block.isHeld(0, renewal - 1, renewal - 1)).toBe(true)
      expect(block.isHeld(0, renewal, renewal - 1)).toBe(false)
    }
  })

  it('shows another thread, in a loop that never yields, each write as a whole and in order', async () => {
    const block = LeaseBlock.withLeases(2)
    const worker = new Worker(LOAD_READER, {
      eval: true,
      workerData: block.buffer,
    })
    try {
      await once(worker, 'message')
      const verdict = once(worker, 'message')
      const end = performance.now() + 1_000
      let write = 0
      while (performance.now() < end) {
        write++
        block.publish(1, BigInt(write), 3 * write, 5 * write)
      }
      block.publish(0, 1n, 1, 1)
      const [{ reads, mixtures, steps, last }] = await verdict
      expect({ mixtures, last }).toEqual({ mixtures: [], last: write })
      expect(reads).toBeGreaterThan(10_000)
      // It did read while it was written to, and not only before and after.
      expect(steps).toBeGreaterThan(1_000)
    } finally {
      await worker.terminate()
    }
  })
})
