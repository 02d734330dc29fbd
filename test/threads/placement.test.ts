/** Ticks and calls share the threads of a service: a thread that has a call gets no tick while another one is free. */
import { describe, expect, it } from 'vitest'
import { withOptions } from '../../dist/src/index.js'
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

  it('with two threads, no tick is lost while a call computes on one of them', async () => {
    const FLAG = new SharedArrayBuffer(4)
    const { supervisor, log, runs, nthRun, ledger, stop } = await supervise(['pair.mjs'], { config: { FLAG } })
    await nthRun('pair.tick', 1)
    const computing = supervisor.remote<Pair>('pair').compute()
    const { threadId } = await log.next({ msg: 'computing' })
    const before = runs.length
    await nthRun('pair.tick', before + 4)
    const usedThreads = new Set(runs.slice(before).map((run) => run.threadId))
    Atomics.store(new Int32Array(FLAG), 0, 1)
    expect(await computing).toBe(threadId)
    expect([...usedThreads]).not.toContain(threadId)
    const { skipped } = ledger('pair.tick')
    expect(Object.entries(skipped).filter(([, count]) => count > 0)).toEqual([])
    await stop()
  })
})
