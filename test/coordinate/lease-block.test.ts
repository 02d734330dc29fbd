import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LeaseBlock } from '../../src/coordinate/lease-block.js'
import {
  BURST,
  MIXTURES,
  PROGRESS_WORDS,
  READS_INSIDE_BURSTS,
  type ReaderSetup,
  type ReaderVerdict,
  STOP,
  UnversionedLease,
  type WritableLease,
} from './lease-reading.js'

/** TypeScript in a worker thread of a test. */
const LOAD_READER = `
  import('tsx/esm/api').then(({ register }) => {
    register()
    return import(${JSON.stringify(new URL('./lease-reader.ts', import.meta.url).href)})
  })
`

describe('a lease in shared memory', () => {
  it('a lease in shared memory is not held, and has no epoch, before it is published', () => {
    const block = LeaseBlock.withLeases(1)
    expect(block.epoch(0)).toBe(0n)
    expect(block.isHeld(0, -1, -1)).toBe(false)
  })

  it.each([
    ['before both ends', 999, 1_999, true],
    ['at its end on the monotonic clock', 1_000, 1_999, false],
    ['at its end on the wall clock', 999, 2_000, false],
    ['after a suspend, by the wall clock alone', 0, 3_600_000, false],
  ])('a lease in shared memory is held or not %s', (_, now, wallNow, isHeld) => {
    const block = LeaseBlock.withLeases(1)
    block.publish(0, 7n, 1_000, 2_000)
    expect(block.isHeld(0, now, wallNow)).toBe(isHeld)
  })

  it('a lease in shared memory keeps its epoch when its validity is taken away', () => {
    const block = LeaseBlock.withLeases(1)
    block.publish(0, 7n, 1_000, 2_000)
    block.publish(0, 7n, 0, 0)
    expect(block.isHeld(0, 0, 0)).toBe(false)
    expect(block.epoch(0)).toBe(7n)
  })

  it('a lease in shared memory carries epochs and instants of any size, and cuts fractions off', () => {
    const block = LeaseBlock.withLeases(1)
    block.publish(0, 2n ** 62n + 1n, 2 ** 53 - 1, 1_767_225_600_000.9)
    expect(block.read(0)).toEqual({ epoch: 2n ** 62n + 1n, until: 2 ** 53 - 1, wallUntil: 1_767_225_600_000 })
  })

  it('a lease in shared memory is one of several that do not touch each other', () => {
    const block = LeaseBlock.withLeases(3)
    for (let round = 1; round <= 3; round++) {
      for (let lease = 0; lease < 3; lease++) block.publish(lease, BigInt(10 * lease + round), lease, round)
    }
    expect([0, 1, 2].map((lease) => block.read(lease))).toEqual(
      [0, 1, 2].map((lease) => ({ epoch: BigInt(10 * lease + 3), until: lease, wallUntil: 3 })),
    )
  })

  it('a lease in shared memory goes on being held across many renewals', () => {
    const block = LeaseBlock.withLeases(1)
    for (let renewal = 1; renewal <= 1_000; renewal++) {
      block.publish(0, 1n, renewal, renewal)
      expect(block.isHeld(0, renewal - 1, renewal - 1)).toBe(true)
      expect(block.isHeld(0, renewal, renewal - 1)).toBe(false)
    }
  })

  it('a lease in shared memory shows another thread, in a loop that never yields, each write as a whole and in order', async () => {
    const block = LeaseBlock.withLeases(1)
    const reader = await startReader(block, 'lease-block')
    let write = 0
    // Some of these reads fell between two writes of one burst: the thread did read while it was written to.
    while (reader.readsInsideBursts() < 1_000) write = await writeBurst(block, write)
    expect(await reader.stop()).toEqual({ mixtures: [], last: write })
  })

  it('a lease in shared memory would show mixtures of two writes if readers did not look at the version', async () => {
    const block = new UnversionedLease()
    const reader = await startReader(block, 'unversioned')
    let write = 0
    while (reader.mixtures() === 0) write = await writeBurst(block, write)
    const { mixtures } = await reader.stop()
    expect(mixtures[0]).toMatch(/^\d+ until \d+ and \d+, after \d+$/)
  })
})

/** One burst of writes without a pause; then the event loop turns, so that the time limit of the test can end it. */
async function writeBurst(block: WritableLease, from: number): Promise<number> {
  for (let write = from + 1; write <= from + BURST; write++) block.publish(0, BigInt(write), 3 * write, 5 * write)
  await nextTurn()
  return from + BURST
}

/** Starts a thread that reads lease 0 of a block over and over. */
async function startReader(block: WritableLease, kind: ReaderSetup['kind']) {
  const progress = new Int32Array(new SharedArrayBuffer(4 * PROGRESS_WORDS))
  const workerData: ReaderSetup = { buffer: block.buffer, kind, progress }
  const worker = new Worker(LOAD_READER, { eval: true, workerData })
  onTestFinished(async () => void (await worker.terminate()))
  await once(worker, 'message')
  return {
    readsInsideBursts: () => Atomics.load(progress, READS_INSIDE_BURSTS),
    mixtures: () => Atomics.load(progress, MIXTURES),
    async stop(): Promise<ReaderVerdict> {
      const verdict = once(worker, 'message')
      Atomics.store(progress, STOP, 1)
      return (await verdict)[0]
    },
  }
}
