import { describe, expect, it } from 'vitest'
import { ThreadBlock } from '../../src/pool/thread-block.js'

const at = (moment: number) => ({ now: () => moment })

describe('until when the method of a ticket may be called', () => {
  it.each([
    [100, 99, true],
    [100, 100, false],
    [100, 101, false],
    [100.9, 100, false],
    [0, 0, false],
    // The test kit never loses a lock.
    [Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER - 1, true],
    [-5, 0, false],
  ])('a method that may be called before %d may be called at %d: %s', (callBefore, now, isHeld) => {
    const { holds } = ThreadBlock.withRecords(1)
    holds.write(0, callBefore)
    expect(holds.isHeld(0, at(now))).toBe(isHeld)
  })

  it('the moments of two records are independent of each other and of everything else in the block', () => {
    const block = ThreadBlock.withRecords(3)
    const tick = { sequence: -1, dueMono: 5.5, dueWall: 6.5, startBy: 7.5 }
    for (const record of [0, 1, 2]) block.writeRun(record, 4, tick, 2, true, 9)
    block.holds.write(1, 100)
    block.holds.write(2, Number.MAX_SAFE_INTEGER)
    expect([0, 1, 2].map((record) => block.holds.isHeld(record, at(50)))).toEqual([false, true, true])
    for (const record of [0, 1, 2]) {
      expect(block.tickOf(record)).toEqual(tick)
      expect([block.timerOf(record), block.attemptOf(record), block.deliveryOf(record)]).toEqual([4, 2, 9])
      expect([block.reachedAt(record), block.startedAt(record), block.isAborted(record)]).toEqual([
        undefined,
        undefined,
        false,
      ])
    }
  })

  it('the clock is read after the moment: a renewal that comes in between does not count for a clock of before', () => {
    const { holds } = ThreadBlock.withRecords(1)
    holds.write(0, 100)
    const now = () => {
      holds.write(0, 1_000)
      return 100
    }
    expect(holds.isHeld(0, { now })).toBe(false)
  })
})
