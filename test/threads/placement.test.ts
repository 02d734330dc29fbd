/** Ticks and calls share the threads of a service: a thread that has a call gets no tick while another one is free. */
import { describe, expect, it } from 'vitest'
import { withOptions } from '../../dist/src/index.js'
import { LATE_REASONS } from '../support/late-reasons.js'
import { supervise } from '../support/supervised.js'

interface Pair {
  wait(): Promise<void>
  compute(): Promise<number>
}

describe('with two threads', () => {
  it('with two threads, no tick is handed to the thread that has a call, so none is held in the gate there', async () => {
    const { supervisor, log, runs, nthRun, stop } = await supervise(['pair.mjs'])
    const caller = new AbortController()
    const waiting = withOptions(supervisor.remote<Pair>('pair'), { signal: caller.signal }).wait()
    const { threadId } = await log.next({ msg: 'waiting' })
    // The report of a tick that ran before the call may be read after the line of the call, but not after that of the next tick.
    await nthRun('pair.tick', runs.length + 2)
    const before = runs.length
    await nthRun('pair.tick', before + 10)
    // Those that ended while the call was in progress: a tick before it may have run anywhere.
    const usedThreads = new Set(runs.slice(before).map((run) => run.threadId))
    caller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect([...usedThreads]).not.toContain(threadId)
    expect(usedThreads.size).toBe(1)
    await stop()
  })

  it('with two threads, ticks go on while a call computes on one of them, and none is skipped but for being late', async () => {
    const FLAG = new SharedArrayBuffer(4)
    const { supervisor, log, runs, nthRun, ledger, stop } = await supervise(['pair.mjs'], { config: { FLAG } })
    await nthRun('pair.tick', 1)
    const computing = supervisor.remote<Pair>('pair').compute()
    let isComputing = true
    void computing.finally(() => (isComputing = false))
    const { threadId } = await log.next({ msg: 'computing' })
    // The report of a tick before the call may be read late here, too.
    await nthRun('pair.tick', runs.length + 2)
    const before = runs.length
    await nthRun('pair.tick', before + 4)
    expect(isComputing).toBe(true)
    const usedThreads = new Set(runs.slice(before).map((run) => run.threadId))
    Atomics.store(new Int32Array(FLAG), 0, 1)
    expect(await computing).toBe(threadId)
    expect([...usedThreads]).not.toContain(threadId)
    const reasons = Object.entries(ledger('pair.tick').skipped).flatMap(([reason, count]) =>
      count > 0 ? [reason] : [],
    )
    // A tick that waits for a late one gives its place to the next.
    expect([...LATE_REASONS, 'superseded']).toEqual(expect.arrayContaining(reasons))
    await stop()
  })
})
