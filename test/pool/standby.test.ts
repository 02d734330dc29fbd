/** The standby thread of a slot; the numbers are those of the invariants in src/pool/standby.ts. */
import { describe, expect, it } from 'vitest'
import { START_FAILED } from './fake-thread.js'
import { TestSlot } from './test-slot.js'

describe('a slot with a standby', () => {
  it('a slot with a standby prepares one thread beside the one that is up, without starting its services (invariant 1)', async () => {
    const test = await TestSlot.up([], { standby: true })
    await test.advance(60_000)
    expect(test.threads.all.map(({ requests }) => requests)).toEqual([['prepare', 'start'], ['prepare']])
    expect(test.slot.threadId).toBe(1)
  })

  it('a slot with a standby has the standby thread take over when the thread is killed, and prepares the next one', async () => {
    const test = await TestSlot.up([], { standby: true })
    test.slot.serving!.link.kill()
    await test.advance(0)
    expect(test.slot).toMatchObject({ isUp: true, threadId: 2, restarts: 1 })
    expect(test.threads.all.map(({ requests }) => requests)).toEqual([
      ['prepare', 'start'],
      ['prepare', 'start'],
      ['prepare'],
    ])
    expect(test.log).toEqual(['up 1', 'exit 1 killed, next in 0 ms', 'up 2'])
  })

  it('a slot with a standby has the standby thread take over while that is still being prepared', async () => {
    const test = await TestSlot.up([{}, { prepare: 'never' }], { standby: true })
    test.slot.serving!.link.kill()
    await test.advance(0)
    expect(test.slot).toMatchObject({ viewState: 'starting', threadId: 2 })
    expect(test.threads.all.length).toBe(2)
  })

  it('a standby leaves the exit of the thread that took over to the slot (invariant 3)', async () => {
    const test = await TestSlot.up([], { standby: true })
    test.slot.serving!.link.kill()
    await test.advance(0)
    const { reports } = test.run()
    test.threads.thread(2).exit(7)
    await test.advance(0)
    expect(reports.length).toBe(1)
    expect(test.linksEnded).toBe(2)
    expect(test.log.at(-1)).toBe('exit 2 exited, next in 100 ms')
    expect(test.threads.alive.map(({ threadId }) => threadId)).toEqual([3])
  })

  it('a slot with a standby replaces a standby thread that dies, after a back-off that leaves the thread in use alone (invariant 2)', async () => {
    const test = await TestSlot.up([], { standby: true })
    test.threads.thread(2).exit(7)
    await test.advance(99)
    expect(test.threads.alive.map(({ threadId }) => threadId)).toEqual([1])
    expect(test.linksEnded).toBe(1)
    await test.advance(1)
    expect(test.threads.alive.map(({ threadId }) => threadId)).toEqual([1, 3])
    test.threads.thread(1).exit(7)
    await test.advance(0)
    expect(test.log.at(-1)).toBe('exit 1 exited, next in 100 ms')
  })

  it.each([
    ['cannot be prepared', { prepare: START_FAILED }, 0],
    ['is not prepared by the start deadline', { prepare: 'never' }, 10_000],
  ] as const)('ends one that %s, and starts another after a back-off (invariant 2)', async (_, behaviour, after) => {
    const test = await TestSlot.up([{}, behaviour, behaviour], { standby: true })
    await test.advance(after)
    expect(test.threads.alive.map(({ threadId }) => threadId)).toEqual([1])
    await test.advance(100 + after)
    expect(test.threads.all.length).toBe(3)
    await test.advance(199)
    expect(test.threads.all.length).toBe(3)
    await test.advance(1)
    expect(test.threads.alive.map(({ threadId }) => threadId)).toEqual([1, 4])
  })

  it('a slot with a standby starts a new thread when the standby thread is ending', async () => {
    const test = await TestSlot.up([{}, { prepare: START_FAILED, ignoresTerminate: true }], { standby: true })
    test.slot.serving!.link.kill()
    await test.advance(0)
    expect(test.slot).toMatchObject({ isUp: true, threadId: 3 })
  })

  it('a slot with a standby prepares nothing once the slot is closed (invariant 4)', async () => {
    const test = await TestSlot.up([], { standby: true })
    test.threads.thread(2).exit(7)
    await test.advance(50)
    const closing = test.slot.close(0)
    await test.advance(120_000)
    await closing
    expect(test.threads.all.length).toBe(2)
    expect(test.threads.alive).toEqual([])
  })
})

describe('the end of a standby thread', () => {
  it.each([
    ['cannot be prepared', { prepare: START_FAILED }, 0, 'standby 2 start_failed, next in 100 ms'],
    ['is not prepared by the start deadline', { prepare: 'never' }, 10_000, 'standby 2 start_failed, next in 100 ms'],
    ['cannot be created', { spawn: 'fails' }, 0, 'not created: no memory for a thread, next in 100 ms'],
  ] as const)('is reported when it %s (invariant 5)', async (_, behaviour, after, line) => {
    const test = await TestSlot.up([{}, behaviour], { standby: true })
    await test.advance(after)
    expect(test.log).toEqual(['up 1', line])
    await test.advance(100)
    expect(test.threads.alive.length).toBe(2)
  })

  it('the end of a standby thread is reported when it dies, and not when it is closed (invariant 5)', async () => {
    const test = await TestSlot.up([], { standby: true })
    test.threads.thread(2).exit(7)
    await test.advance(100)
    expect(test.log).toEqual(['up 1', 'standby 2 exited, next in 100 ms'])
    await test.slot.close(0)
    expect(test.log.filter((line) => line.startsWith('standby')).length).toBe(1)
  })

  it('the end of a standby thread is reported as a zombie when it does not exit within a second (invariant 5)', async () => {
    const test = await TestSlot.up([{}, { prepare: START_FAILED, ignoresTerminate: true }], { standby: true })
    await test.advance(999)
    expect(test.log).toEqual(['up 1'])
    await test.advance(1)
    expect(test.log).toEqual(['up 1', 'zombie 2'])
  })
})

describe('a slot without a standby', () => {
  it('a slot without a standby has one thread only, and starts another when that is killed', async () => {
    const test = await TestSlot.up()
    await test.advance(60_000)
    expect(test.threads.all.length).toBe(1)
    test.slot.serving!.link.kill()
    await test.advance(0)
    expect(test.threads.all.map(({ requests }) => requests)).toEqual([
      ['prepare', 'start'],
      ['prepare', 'start'],
    ])
  })
})
