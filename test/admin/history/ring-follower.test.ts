import { describe, expect, it } from 'vitest'
import type { EndedTick } from '../../../src/admin/history/history-store.js'
import { MemoryHistory } from '../../../src/admin/history/memory-history.js'
import { RingFollower } from '../../../src/admin/history/ring-follower.js'
import { TickRing } from '../../../src/counters/tick-ring.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'

const START = Date.UTC(2026, 0, 5)
const MILLI = 1_000

function follow({ capacity = 16, isFollowed = false }: { capacity?: number; isFollowed?: boolean } = {}) {
  const ring = new TickRing(capacity)
  const clock = new VirtualClock({ start: 1_000_000, wall: START })
  const store = new MemoryHistory(2)
  const seen: (readonly EndedTick[])[] = []
  let nextDueAt: number | undefined
  const follower = new RingFollower({
    memory: ring.memory,
    store,
    clock,
    nextDueAt: () => nextDueAt,
    isFollowed: () => isFollowed,
    onTicks: (ticks) => seen.push(ticks),
  })
  let sequence = 0
  return {
    ring,
    clock,
    store,
    follower,
    seen,
    due(millis: number | undefined) {
      nextDueAt = millis === undefined ? undefined : START + millis
    },
    tick() {
      const tick = { sequence: ++sequence, dueMono: clock.now(), dueWall: clock.wallNow(), startBy: 0 }
      const report = { startedAt: tick.dueMono + 50, endedAt: tick.dueMono + 7_050, threadId: 4 }
      ring.ended(1, tick, 'completed', 1, report, undefined, tick.dueMono + 7_500)
    },
  }
}

describe('the follower of the recent ticks', () => {
  it('a run reaches the history with its spans in milliseconds', () => {
    const { follower, store, tick, seen } = follow()
    tick()
    expect(follower.poll()).toBe(1)
    const expected = {
      entrypoint: 1,
      sequence: 1,
      dueAt: START,
      end: 'run',
      outcome: 'completed',
      cause: undefined,
      attempts: 1,
      startedAfter: 0.05,
      endedAfter: 7.05,
      threadId: 4,
    }
    expect(store.strip(1, 10)).toEqual([expected])
    expect(seen).toEqual([[expected]])
    expect(follower.poll()).toBe(0)
  })

  it('a run that was aborted has its cause, and the moment of its booking as its end when its thread did not report one', () => {
    const { follower, store, ring } = follow()
    const tick = { sequence: 1, dueMono: 1_000_000, dueWall: START, startBy: 0 }
    const report = { startedAt: 1_000_100, endedAt: undefined, threadId: 4 }
    ring.ended(0, tick, 'timed_out', 1, report, 'timeout', 3_000_000)
    follower.poll()
    expect(store.strip(0, 1)).toMatchObject([
      { outcome: 'timed_out', cause: 'timeout', startedAfter: 0.1, endedAfter: 2_000 },
    ])
  })

  it('ticks that were overwritten before they were read are counted', () => {
    const { follower, store, tick } = follow({ capacity: 4 })
    for (let count = 0; count < 10; count++) tick()
    follower.poll()
    expect(store.drops.not_read_in_time).toBe(6)
    follower.poll()
    expect(store.drops.not_read_in_time).toBe(6)
    expect(store.strip(1, 10).map(({ sequence }) => sequence)).toEqual([7, 8, 9, 10])
  })

  it('while ticks are found the memory is looked at four times a second', async () => {
    const { follower, clock, tick, seen } = follow()
    tick()
    follower.start()
    for (let count = 1; count <= 4; count++) {
      tick()
      await clock.advance(252 * MILLI)
      expect(seen).toHaveLength(1 + count)
    }
  })

  it('when nothing was found the memory is looked at again when the next tick is due', async () => {
    const { follower, clock, due, tick, seen } = follow()
    due(10_000)
    follower.start()
    tick()
    await clock.advance(9_990 * MILLI)
    expect(seen).toHaveLength(0)
    await clock.advance(20 * MILLI)
    expect(seen).toHaveLength(1)
  })

  it('the memory is looked at each minute when no tick is due, and four times a second while somebody follows', async () => {
    const idle = follow()
    idle.follower.start()
    idle.tick()
    await idle.clock.advance(59_900 * MILLI)
    expect(idle.seen).toHaveLength(0)
    await idle.clock.advance(200 * MILLI)
    expect(idle.seen).toHaveLength(1)
    const followed = follow({ isFollowed: true })
    followed.follower.start()
    followed.tick()
    await followed.clock.advance(252 * MILLI)
    expect(followed.seen).toHaveLength(1)
  })

  it('a follower that was stopped looks no more', async () => {
    const { follower, clock, tick, seen } = follow()
    follower.start()
    follower.stop()
    tick()
    await clock.advance(120_000 * MILLI)
    expect(seen).toHaveLength(0)
  })
})
