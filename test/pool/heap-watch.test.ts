/** A thread whose heap fills; the numbers are those of the invariants in src/pool/heap-watch.ts. */
import { expect, it } from 'vitest'
import { TestSlot } from './test-slot.js'

const LOOK = 1_000

/** A slot whose thread has a run in progress. */
async function withRun() {
  const test = await TestSlot.up()
  const run = test.run(1)
  const thread = test.threads.thread(1)
  thread.begin(run.record)
  return { test, thread, run }
}

it('a thread whose heap is above 95 % of its limit during a run is ended, and the run is charged with it', async () => {
  const { test, thread, run } = await withRun()
  thread.share = 0.95
  await test.advance(10 * LOOK)
  expect(test.log).toEqual(['up 1'])
  thread.share = 0.96
  await test.advance(LOOK)
  expect(test.log).toEqual(['up 1', 'exit 1 out_of_memory, next in 100 ms'])
  expect(run.reports).toMatchObject([
    { result: 'crashed', isBlamed: true, error: { name: 'HeapLimitError', message: expect.stringContaining('96 %') } },
  ])
})

it('a thread that cannot be asked is judged by what it has last written about its heap', async () => {
  const { test, thread } = await withRun()
  thread.block.writeHeap(90, 100)
  await test.advance(3 * LOOK)
  expect(test.log).toEqual(['up 1'])
  thread.block.writeHeap(97, 100)
  await test.advance(LOOK)
  expect(test.log.at(-1)).toMatch(/^exit 1 out_of_memory/)
})

it('a thread on which nothing is in flight is not asked, and has no alarm (invariants 1 and 2)', async () => {
  const { test, thread, run } = await withRun()
  await test.advance(2.5 * LOOK)
  expect(thread.asked).toBe(2)
  thread.share = 0.99
  thread.finish(run.record)
  await test.advance(60 * LOOK)
  expect([thread.asked, test.clock.pending, test.log]).toEqual([2, 0, ['up 1']])
})

it.each([0.99, 0.5])(
  'a thread that exits while it is asked is neither ended once more nor watched any longer: share %d (invariant 3)',
  async (share) => {
    const { test, thread } = await withRun()
    let answer = (_share: number) => {}
    thread.heapShare = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    await test.advance(5 * LOOK)
    thread.exit(7)
    await test.advance(0)
    answer(share)
    await test.advance(0)
    // The back-off before the next start.
    expect(test.clock.pending).toBe(1)
    expect(test.log).toEqual(['up 1', 'exit 1 exited, next in 100 ms'])
  },
)
