/** Closing a worker slot; the numbers are those of the invariants in src/pool/worker-slot.ts. */
import { describe, expect, it } from 'vitest'
import { MILLISECOND, TestSlot } from './test-slot.js'

const GRACE = 5_000 * MILLISECOND

/** Where a promise stands: `undefined` while it is pending. */
function settled<Value>(promise: Promise<Value>): { value?: Value } {
  const seen: { value?: Value } = {}
  void promise.then((value) => {
    seen.value = value
  })
  return seen
}

async function expectNothingStarts(test: TestSlot): Promise<void> {
  const started = test.threads.all.length
  await test.advance(120_000)
  expect(test.threads.all.length).toBe(started)
  expect(test.threads.alive).toEqual([])
  expect(test.slot).toMatchObject({ isUp: false, viewState: 'stopped', threadId: undefined })
}

describe('closing a slot', () => {
  it('closing a slot stops the services, then the thread, and starts nothing any more (invariant 8)', async () => {
    const test = await TestSlot.up([], { standby: true })
    const closed = settled(test.slot.close(GRACE))
    expect(test.slot).toMatchObject({ isUp: false, viewState: 'ending' })
    await test.advance(0)
    expect(closed.value).toBe(true)
    expect(test.threads.thread(1).requests).toEqual(['prepare', 'start', 'stop'])
    expect(test.log).toEqual(['up 1', 'exit 1 stopped, no next'])
    expect(test.linksEnded).toBe(2)
    await expectNothingStarts(test)
  })

  it('closing a slot cuts services off that have not stopped by the end of the grace, and says so (invariant 7)', async () => {
    const test = await TestSlot.up([{ stop: 'never' }])
    const closed = settled(test.slot.close(GRACE))
    await test.advance(4_999)
    expect([closed.value, test.threads.alive.length]).toEqual([undefined, 1])
    await test.advance(1)
    expect(closed.value).toBe(false)
    expect(test.log).toEqual(['up 1', 'exit 1 killed, no next'])
    await expectNothingStarts(test)
  })

  it('closing a slot waits for no service where a run is still in progress, and reports the run (invariant 3)', async () => {
    const test = await TestSlot.up()
    const { reports } = test.run()
    const closed = settled(test.slot.close(GRACE))
    await test.advance(0)
    expect(test.threads.thread(1).requests).not.toContain('stop')
    expect(closed.value).toBe(true)
    expect(reports).toMatchObject([{ result: 'crashed', isBlamed: false }])
    await expectNothingStarts(test)
  })

  it('closing a slot stops the services in order where only a run is left that was cancelled before it began', async () => {
    const test = await TestSlot.up()
    const { handle } = test.run()
    expect(handle.cancel()).toBe(true)
    const closed = settled(test.slot.close(GRACE))
    await test.advance(0)
    expect(test.threads.thread(1).requests).toContain('stop')
    expect(closed.value).toBe(true)
    await expectNothingStarts(test)
  })

  it('closing a slot ends a thread that is starting, and its open() fails (invariant 8)', async () => {
    const test = new TestSlot([{ start: 'never' }])
    const opening = test.slot.open()
    const failure = expect(opening).rejects.toThrow('the thread ended while starting (stopped, exit code 1)')
    await test.advance(1)
    const closed = settled(test.slot.close(GRACE))
    await test.advance(0)
    await failure
    expect(closed.value).toBe(true)
    expect(test.log).toEqual(['exit 1 stopped, no next'])
    await expectNothingStarts(test)
  })

  it('closing a slot cancels the start that a back-off has delayed (invariant 8)', async () => {
    const test = await TestSlot.up()
    test.threads.thread(1).exit(7)
    await test.advance(50)
    const closed = settled(test.slot.close(GRACE))
    await test.advance(0)
    expect(closed.value).toBe(true)
    await expectNothingStarts(test)
  })

  it('closing a slot while an exit is reported starts nothing (invariant 8)', async () => {
    const test = await TestSlot.up([], { onExit: (slot) => void slot.close(0) })
    test.slot.serving!.link.kill()
    await test.advance(0)
    await expectNothingStarts(test)
  })

  it.each([
    ['killed', 0],
    ['a zombie', 1_000],
  ])('closing a slot waits a second for a thread that was %s, and no longer (invariant 7)', async (_, killedFor) => {
    const test = await TestSlot.up([{ ignoresTerminate: true }])
    test.slot.serving!.link.kill()
    await test.advance(killedFor)
    const closed = settled(test.slot.close(GRACE))
    await test.advance(999)
    expect(closed.value).toBeUndefined()
    await test.advance(1)
    expect(closed.value).toBe(true)
    test.threads.thread(1).exit(1)
    await expectNothingStarts(test)
  })

  it('closing a slot waits a second for a standby thread that does not exit, and no longer (invariant 7)', async () => {
    const test = await TestSlot.up([{}, { ignoresTerminate: true }], { standby: true })
    const closed = settled(test.slot.close(GRACE))
    await test.advance(999)
    expect(closed.value).toBeUndefined()
    await test.advance(1)
    expect(closed.value).toBe(true)
  })

  it('closing a slot waits for no service from terminate() on, which does nothing before', async () => {
    const test = await TestSlot.up([{ stop: 'never' }])
    test.slot.terminate()
    await test.advance(0)
    expect(test.slot.isUp).toBe(true)
    const closed = settled(test.slot.close(GRACE))
    await test.advance(10)
    test.slot.terminate()
    await test.advance(0)
    expect(closed.value).toBe(false)
    expect(test.log).toEqual(['up 1', 'exit 1 killed, no next'])
    await expectNothingStarts(test)
  })

  it('closing a slot that was never opened ends at once (invariant 8)', async () => {
    const test = new TestSlot()
    const closed = settled(test.slot.close(GRACE))
    await test.advance(0)
    expect(closed.value).toBe(true)
    expect(test.slot.viewState).toBe('stopped')
  })
})
