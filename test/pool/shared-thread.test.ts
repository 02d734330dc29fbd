/** Methods that share a thread: the real dispatcher over a slot with fake threads. */
import { describe, expect, it } from 'vitest'
import { createDispatch } from '../../src/dispatch/dispatch.js'
import type { PoolTimerIndex, TimerIndex } from '../../src/kernel/due-tick.js'
import { Events } from '../../src/kernel/events.js'
import type { Overlap } from '../../src/kernel/vocabulary.js'
import type { RunInFlight } from '../../src/pool/run-table.js'
import { countersFor } from '../support/counters.js'
import { timerDefinition } from '../support/timer.js'
import { MILLISECOND, TestSlot } from './test-slot.js'

const QUICK = 0 as TimerIndex
const NEIGHBOUR = 1 as TimerIndex

/** Two timers, of two methods. `overlap` is that of the first. */
async function started(overlap: Overlap = 'replace') {
  const test = await TestSlot.up()
  const events = new Events()
  const handles: RunInFlight[] = []
  const definitions = [
    timerDefinition({ method: 'quick', overlap, abortGrace: 1_000 * MILLISECOND }),
    timerDefinition({ method: 'slow' }),
  ]
  const { timers, admission } = createDispatch({
    definitions,
    counters: countersFor(definitions),
    executor: {
      place: (timer) =>
        test.slot.isUp
          ? {
              isIdle: false,
              load: test.slot.load,
              run: (invocation, done) => {
                const handle = test.slot.run(timer as number as PoolTimerIndex, invocation, done)
                handles.push(handle as RunInFlight)
                return handle
              },
            }
          : undefined,
    },
    coordination: { holds: () => true, claim: async () => 'claimed' },
    clock: test.clock,
    events,
    isInside: () => true,
    onInterval: () => {},
  })
  const outcomes: string[] = []
  events.on('run.ended', ({ entrypoint, outcome }) => outcomes.push(`${entrypoint} ${outcome}`))
  events.on('tick.skipped', ({ entrypoint, reason }) => outcomes.push(`${entrypoint} ${reason}`))
  const due = (index: TimerIndex, sequence: number) => {
    const tick = { sequence, dueMono: test.clock.now(), dueWall: 0, startBy: Number.POSITIVE_INFINITY }
    admission.arrive(index, tick, test.clock.now())
    return handles.at(-1)!
  }
  const imbalance = () => timers.map(({ ledger }) => ledger.imbalance)
  return { test, thread: test.threads.thread(1), due, outcomes, imbalance }
}

describe('methods that share a thread', () => {
  it('a run that has not begun is cancelled, and the run of another method that occupies the thread goes on', async () => {
    const { test, thread, due, outcomes, imbalance } = await started()
    const neighbour = due(NEIGHBOUR, 1)
    thread.block.begin(neighbour.record)
    const replaced = due(QUICK, 1)
    await test.advance(100)
    due(QUICK, 2)
    await test.advance(5_000)
    expect(thread.hasExited).toBe(false)
    // The thread gets to the cancelled run when the neighbour has ended.
    thread.finish(neighbour.record, 'completed')
    await test.advance(0)
    expect(thread.block.begin(replaced.record)).toBe(false)
    thread.finish(replaced.record, 'cancelled')
    await test.advance(0)
    expect(outcomes).toEqual(['svc.slow completed', 'svc.quick superseded'])
    // The newer tick has taken its place.
    expect(test.slot.load).toBe(1)
    expect(imbalance()).toEqual([0, 0])
  })

  it('a run that has begun is aborted, and its thread is killed when it does not end within its grace', async () => {
    const { test, thread, due, outcomes } = await started()
    thread.block.begin(due(QUICK, 1).record)
    await test.advance(100)
    due(QUICK, 2)
    await test.advance(900)
    expect(thread.hasExited).toBe(false)
    await test.advance(200)
    expect(thread.hasExited).toBe(true)
    expect(outcomes).toEqual(['svc.quick aborted'])
  })

  it('a tick is skipped as saturated while an earlier one waits behind another method, and as running once that has begun', async () => {
    const { test, thread, due, outcomes, imbalance } = await started('skip')
    const neighbour = due(NEIGHBOUR, 1)
    thread.begin(neighbour.record)
    const waiting = due(QUICK, 1)
    await test.advance(100)
    due(QUICK, 2)
    thread.finish(neighbour.record)
    thread.begin(waiting.record)
    await test.advance(100)
    due(QUICK, 3)
    expect(outcomes).toEqual(['svc.quick saturated', 'svc.slow completed', 'svc.quick running'])
    expect(imbalance()).toEqual([0, 0])
  })

  it('a tick is skipped as running while the run of a tick that was due at the same moment waits to begin', async () => {
    const { due, outcomes } = await started('skip')
    due(QUICK, 1)
    due(QUICK, 2)
    expect(outcomes).toEqual(['svc.quick running'])
  })
})
