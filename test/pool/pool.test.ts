/** A pool of several slots with fake threads. */
import { describe, expect, it } from 'vitest'
import type { ServiceDefinition } from '../../src/kernel/definitions.js'
import { LONG_LEAD, SHORT_LEAD } from '../../src/pool/lead.js'
import { Pool, type PoolOptions } from '../../src/pool/pool.js'
import { restartPolicy } from '../../src/pool/restart.js'
import type { RunInFlight } from '../../src/pool/run-table.js'
import { ThreadExecutor } from '../../src/pool/thread-executor.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { timerDefinition } from '../support/timer.js'
import { type Behaviour, FakeThreads, START_FAILED } from './fake-thread.js'

function poolOf(threads: number, behaviours: readonly Behaviour[] = [], concurrency = 1, interval = 100_000) {
  const clock = new VirtualClock()
  const fakes = new FakeThreads(behaviours)
  const service = {
    name: 'svc',
    threads,
    standby: false,
    recycle: {},
    nice: 0,
    timers: [timerDefinition({ concurrency, schedule: { kind: 'interval', interval, align: false } })],
  }
  const pool = new Pool({
    name: 'svc',
    spawn: fakes.spawn,
    services: [service as unknown as ServiceDefinition],
    clock,
    startDeadline: 10_000_000,
    restartPolicy,
    onUp: () => {},
    onExit: () => {},
    onZombie: () => {},
    onMessage: () => {},
    onLink: { opened: () => {}, take: () => {}, ended: () => {} },
  } as Partial<PoolOptions> as PoolOptions)
  return { pool, clock, fakes }
}

const tickAt = (dueMono: number) => ({ sequence: 1, dueMono, dueWall: 0, startBy: Number.POSITIVE_INFINITY })

describe('a pool', () => {
  it('a pool places a run on the thread without a call, and a call on the thread without a run', async () => {
    const { pool } = poolOf(2)
    await pool.open()
    const first = pool.placeCall(0)!
    first.calls++
    const second = pool.place(0)!
    expect(second.serving!.link).not.toBe(first)
    second.run(0, { tick: tickAt(0), attempt: 1, early: false }, () => {})
    first.calls--
    expect(pool.placeCall(0)).toBe(first)
  })

  it('a pool places a run behind a gated one rather than on a thread that computes', async () => {
    const { pool } = poolOf(2)
    await pool.open()
    const busy = pool.place(0)!
    busy.run(0, { tick: tickAt(0), attempt: 1, early: false }, () => {})
    const gated = pool.place(0)!
    gated.run(0, { tick: tickAt(100), attempt: 1, early: true }, () => {})
    expect(gated).not.toBe(busy)
    expect(pool.place(50)).toBe(gated)
    expect(pool.place(100)).toBe(busy)
  })

  it('a pool counts calls like runs when all threads are busy', async () => {
    const { pool } = poolOf(2)
    await pool.open()
    const first = pool.place(0)!
    first.serving!.link.calls += 2
    const second = pool.place(0)!
    second.run(0, { tick: tickAt(0), attempt: 1, early: false }, () => {})
    expect(pool.place(0)).toBe(second)
  })

  it('a pool places a run behind two gated ones rather than on a thread with one call', async () => {
    const { pool } = poolOf(2, [], 2)
    await pool.open()
    const called = pool.place(0)!
    called.serving!.link.calls++
    const gated = pool.place(0)!
    for (const dueMono of [100, 100]) {
      gated.run(0, { tick: tickAt(dueMono), attempt: 1, early: true }, () => {})
    }
    expect(pool.place(50)).toBe(gated)
  })

  it('a pool tells the dispatcher whether the thread it placed a run on is idle, and runs it there', async () => {
    const { pool, fakes } = poolOf(1)
    const executor = new ThreadExecutor([{ pool, timer: 0 }])
    expect(executor.place(0, 0)).toBeUndefined()
    await pool.open()
    const placement = executor.place(0, 0)!
    expect(placement.isIdle).toBe(true)
    placement.run({ tick: tickAt(0), attempt: 1, early: false }, () => {})
    expect(fakes.thread(1).requests.at(-1)).toBe('run')
    expect(executor.place(0, 0)!.isIdle).toBe(false)
  })

  it('a pool hands ticks over as early as the thread that needs it most, and as late as before when that thread is replaced', async () => {
    const { pool, fakes } = poolOf(2)
    await pool.open()
    expect(pool.lead).toBe(SHORT_LEAD)
    for (let tick = 0; tick < 3; tick++) {
      const run = pool.place(0)!.run(0, { tick: tickAt(1_000), attempt: 1, early: true }, () => {})
      const { record } = run as RunInFlight
      fakes.thread(1).block.writeReached(record, 900)
      fakes.thread(1).finish(record)
      await Promise.resolve()
    }
    await expect.poll(() => pool.lead).toBe(LONG_LEAD)
    fakes.thread(1).exit(1)
    await expect.poll(() => pool.lead).toBe(SHORT_LEAD)
  })

  it('a pool hands ticks over by at most a tenth of its shortest interval, however late they reach the gate', async () => {
    const { pool } = poolOf(1, [], 1, 40_000)
    await pool.open()
    for (let tick = 0; tick < 3; tick++) pool.place(0)!.serving!.lead.reached(0)
    expect(pool.lead).toBe(4_000)
  })

  it('a pool fails to open with the failure of one slot, and ends all threads when it is closed', async () => {
    const { pool, fakes } = poolOf(3, [{}, { start: START_FAILED }, {}])
    await expect(pool.open()).rejects.toThrow('svc: onStart failed')
    expect(fakes.alive.length).toBe(2)
    expect(await pool.close(1_000_000)).toEqual([])
    expect(fakes.alive).toEqual([])
    expect(pool.view().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped'])
  })

  it('a pool names its services when one of its threads had to be cut off, also by terminate()', async () => {
    const { pool, clock } = poolOf(2, [{}, { stop: 'never' }])
    await pool.open()
    const closing = pool.close(1_000_000)
    expect(pool.isClosed).toBe(true)
    await clock.advance(0)
    pool.terminate()
    await clock.advance(0)
    expect(await closing).toEqual(['svc'])
  })
})
