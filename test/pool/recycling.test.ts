/** Recycling a thread; the numbers are those of the invariants in src/pool/worker-slot.ts. */
import { describe, expect, it } from 'vitest'
import { recyclingPolicy } from '../../src/pool/recycling.js'
import { START_FAILED } from './fake-thread.js'
import { TestSlot } from './test-slot.js'

/** Runs one after another on the thread that is up. */
async function runs(test: TestSlot, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const { record } = test.run()
    test.threads.thread(test.slot.threadId!).finish(record)
    await test.advance(0)
  }
}

describe('a slot that recycles', () => {
  it('a slot that recycles replaces its thread after so many runs, when a successor is ready (invariants 5 and 6)', async () => {
    const test = await TestSlot.up([], { recycling: { afterRuns: 3 } })
    await runs(test, 2)
    expect(test.threads.all.length).toBe(1)
    await runs(test, 1)
    expect(test.threads.all.map(({ requests }) => requests)).toEqual([
      ['prepare', 'start', 'run', 'run', 'run', 'stop'],
      ['prepare', 'start'],
    ])
    expect(test.log).toEqual(['up 1', 'exit 1 recycled, next in 0 ms', 'up 2'])
    await runs(test, 2)
    expect(test.threads.all.length).toBe(2)
  })

  it('a slot that recycles replaces its thread when the heap has grown to the limit', async () => {
    const test = await TestSlot.up([], { recycling: { heapBytes: 1_000 } })
    test.threads.thread(1).block.writeHeap(999, 10_000)
    await runs(test, 1)
    expect(test.log).toEqual(['up 1'])
    test.threads.thread(1).block.writeHeap(1_000, 10_000)
    await runs(test, 1)
    expect(test.log).toEqual(['up 1', 'exit 1 recycled, next in 0 ms', 'up 2'])
  })

  it('a slot that recycles takes runs while the successor is prepared, and does not recycle under one (invariants 1 and 6)', async () => {
    const test = await TestSlot.up([{}, { prepare: 'never' }], { recycling: { afterRuns: 1 } })
    await runs(test, 1)
    expect(test.threads.all.length).toBe(2)
    expect(test.slot).toMatchObject({ isUp: true, threadId: 1, viewState: 'idle' })
    const { record, reports } = test.run()
    test.threads.thread(2).finishPreparing()
    await test.advance(1_000)
    expect(test.threads.thread(1).requests).not.toContain('stop')
    test.threads.thread(1).finish(record)
    await test.advance(0)
    expect(reports).toMatchObject([{ result: 'completed' }])
    expect(test.log).toEqual(['up 1', 'exit 1 recycled, next in 0 ms', 'up 2'])
  })

  it('a slot that recycles can be killed while the successor is prepared, which then takes over', async () => {
    const test = await TestSlot.up([{}, { prepare: 'never' }], { recycling: { afterRuns: 1 } })
    await runs(test, 1)
    const { handle, reports } = test.run()
    handle.kill()
    await test.advance(0)
    expect(reports.length).toBe(1)
    test.threads.thread(2).finishPreparing()
    await test.advance(0)
    expect(test.log).toEqual(['up 1', 'exit 1 killed, next in 0 ms', 'up 2'])
    expect(test.threads.all.length).toBe(2)
  })

  it('a slot that recycles keeps its thread when the successor fails, and tries again after the back-off (invariant 6)', async () => {
    const test = await TestSlot.up([{}, { prepare: START_FAILED }], { recycling: { afterRuns: 1 } })
    await runs(test, 3)
    expect(test.threads.all.length).toBe(2)
    expect(test.slot).toMatchObject({ isUp: true, threadId: 1 })
    await test.advance(100)
    expect(test.threads.all.length).toBe(2)
    await runs(test, 1)
    expect(test.log).toEqual([
      'up 1',
      'standby 2 start_failed, next in 100 ms',
      'exit 1 recycled, next in 0 ms',
      'up 3',
    ])
  })

  it('a slot that recycles cuts services off that do not stop within five seconds (invariant 7)', async () => {
    const test = await TestSlot.up([{ stop: 'never' }], { recycling: { afterRuns: 1 } })
    await runs(test, 1)
    await test.advance(4_999)
    expect(test.slot).toMatchObject({ isUp: false, viewState: 'ending', threadId: 1 })
    await test.advance(1)
    expect(test.log).toEqual(['up 1', 'exit 1 recycled, next in 0 ms', 'up 2'])
  })

  it('a slot that recycles restarts after a back-off when the thread dies while its services stop (invariant 5)', async () => {
    const test = await TestSlot.up([{ stop: 'never' }], { recycling: { afterRuns: 1 } })
    await runs(test, 1)
    test.threads.thread(1).exit(7)
    await test.advance(100)
    expect(test.log).toEqual(['up 1', 'exit 1 exited, next in 100 ms', 'up 2'])
    await test.advance(10_000)
    expect(test.slot).toMatchObject({ isUp: true, threadId: 2 })
  })

  it('a slot that recycles starts nothing more when it is closed meanwhile (invariant 8)', async () => {
    const test = await TestSlot.up([{}, { prepare: 'never' }], { recycling: { afterRuns: 1 } })
    await runs(test, 1)
    const closing = test.slot.close(0)
    await test.advance(60_000)
    await closing
    expect(test.threads.alive).toEqual([])
    expect(test.threads.all.length).toBe(2)
  })
})

describe('the recycling policy of a pool', () => {
  it('the recycling policy of a pool is the smallest limit of each kind among its services', () => {
    const services = [{ recycle: { afterRuns: 5 } }, { recycle: { afterRuns: 3, heapMb: 2 } }, { recycle: {} }]
    expect(recyclingPolicy(services)).toEqual({ afterRuns: 3, heapBytes: 2 * 2 ** 20 })
    expect(recyclingPolicy([{ recycle: {} }])).toEqual({ afterRuns: Infinity, heapBytes: Infinity })
  })
})
