import { describe, expect, it } from 'vitest'
import { TimingWheel } from '../../src/schedule/timing-wheel.js'
import { armedTimers, checkWheel, dump, SMALL, timersOn } from './wheel-check.js'

const SECOND = 1_000_000
const HOUR = 3_600 * SECOND

/** The first whole microsecond of a tick. */
const ticks = (count: number) => Math.ceil(count * 62.5)

const wheelOf = (timers: number, start = 0) => new TimingWheel({ start, timers })

/** The timers that an advance returns. */
const advance = (wheel: TimingWheel, now: number) => [...wheel.expired.subarray(0, wheel.advance(now))]

/** Advances to each nextExpiry until a timer is returned. */
function sleepUntilDue(wheel: TimingWheel): { at: number; wakes: number; expired: number[] } {
  for (let wakes = 1; wakes < 1_000; wakes++) {
    const at = wheel.nextExpiry()
    const expired = advance(wheel, at)
    checkWheel(wheel)
    if (expired.length > 0) return { at, wakes, expired }
  }
  throw new Error(`a thousand wake-ups returned nothing\n${dump(wheel)}`)
}

describe('TimingWheel.arm', () => {
  it('makes a timer expire at the first tick at or after its due moment', () => {
    const wheel = wheelOf(8)
    wheel.arm(7, 100)
    expect(advance(wheel, 99)).toEqual([])
    expect(advance(wheel, 124)).toEqual([])
    expect(advance(wheel, 125)).toEqual([7])
    expect(wheel.isArmed(7)).toBe(false)
  })

  it('makes a timer expire on the microsecond when its due moment is a multiple of 62.5 µs', () => {
    const wheel = wheelOf(1)
    for (const due of [500, 1_000, 100_000, 3_600_000_000]) {
      wheel.arm(0, due)
      expect(advance(wheel, due - 1)).toEqual([])
      expect(advance(wheel, due)).toEqual([0])
    }
  })

  it('makes a timer whose due moment is past expire with the next advance, at the same instant', () => {
    const wheel = wheelOf(3, 5 * SECOND)
    wheel.arm(0, 5 * SECOND)
    wheel.arm(1, 3)
    wheel.arm(2, -3)
    expect(wheel.nextExpiry()).toBeLessThanOrEqual(5 * SECOND)
    expect(advance(wheel, 5 * SECOND)).toEqual([0, 1, 2])
  })

  it.each([
    ['later', 2_000],
    ['earlier', 500],
    ['to the same tick', 1_000],
  ])('moves a timer that is armed already: %s', (_, due) => {
    const wheel = wheelOf(1)
    wheel.arm(0, 1_000)
    wheel.arm(0, due)
    checkWheel(wheel)
    expect(advance(wheel, due - 1)).toEqual([])
    expect(advance(wheel, due)).toEqual([0])
    expect(advance(wheel, SECOND)).toEqual([])
  })

  it('re-arms a timer that has just expired, over a million periods without drift', () => {
    const wheel = wheelOf(1)
    let due = 1_000_003
    let wrong = 0
    wheel.arm(0, due)
    for (let beat = 0; beat < 1_000_000; beat++) {
      if (wheel.advance(due - 1) !== 0 || wheel.advance(due + 62) !== 1) wrong++
      due += 333
      wheel.arm(0, due)
    }
    expect(wrong).toBe(0)
  })

  it('refuses a due moment that is not a whole number of microseconds up to 2^52, and leaves the timer as it was', () => {
    const wheel = wheelOf(1)
    wheel.arm(0, 1_000)
    for (const due of [Number.NaN, 0.5, 2 ** 52 + 1, Number.POSITIVE_INFINITY]) {
      expect(() => wheel.arm(0, due)).toThrow('whole number of microseconds')
      expect(() => wheel.advance(due)).toThrow('whole number of microseconds')
    }
    expect(advance(wheel, 1_000)).toEqual([0])
  })

  it.each([-1, 3, Number.NaN])('refuses %d as the index of one of three timers', (timer) => {
    const wheel = wheelOf(3)
    for (const call of [() => wheel.arm(timer, 1), () => wheel.disarm(timer), () => wheel.isArmed(timer)]) {
      expect(call).toThrow('must be from 0 to 2')
    }
    checkWheel(wheel)
  })
})

describe('TimingWheel.disarm', () => {
  it('keeps a timer from expiring until it is armed again', () => {
    const wheel = wheelOf(2)
    wheel.arm(0, 1_000)
    wheel.arm(1, 1_000)
    wheel.disarm(0)
    expect(armedTimers(wheel)).toEqual([1])
    expect(advance(wheel, 1_000)).toEqual([1])
    wheel.arm(0, 2_000)
    expect(advance(wheel, 2_000)).toEqual([0])
  })

  it('has no effect on a timer that was never armed, was disarmed or has expired', () => {
    const wheel = wheelOf(4)
    wheel.arm(1, 1_000)
    wheel.disarm(1)
    wheel.arm(2, 1_000)
    wheel.advance(1_000)
    wheel.arm(3, 2_000)
    for (const timer of [0, 1, 2]) wheel.disarm(timer)
    checkWheel(wheel)
    expect(armedTimers(wheel)).toEqual([3])
  })
})

describe('the order in which timers expire', () => {
  it('is by tick, whatever the order in which they were armed', () => {
    const wheel = wheelOf(6)
    for (const [timer, milliseconds] of [40_000, 3, 900, 100_000_000, 3_000, 1].entries()) {
      wheel.arm(timer, milliseconds * 1_000)
    }
    expect(advance(wheel, 200_000 * SECOND)).toEqual([5, 1, 2, 4, 0, 3])
  })

  it('within a tick is the order in which they were armed, however far away the tick was then', () => {
    const due = 90 * HOUR
    const instants = [0, 1, 60 * HOUR, 80 * HOUR, due - 60 * SECOND, due - 200_000, due - 1_000]
    const wheel = wheelOf(3 * instants.length)
    for (const [at, now] of instants.entries()) {
      wheel.advance(now)
      for (let twin = 0; twin < 3; twin++) wheel.arm(3 * at + twin, due)
    }
    expect(advance(wheel, due)).toEqual(Array.from({ length: 21 }, (_, timer) => timer))
  })

  it('is kept when a bucket has been moved down only in part and more timers are armed for its ticks', () => {
    const wheel = new TimingWheel({ start: 0, timers: 7, buckets: SMALL })
    // Tick 10 is on level 1 until tick 4; from there two timers move with each advance, the last ones first.
    for (let timer = 0; timer < 5; timer++) wheel.arm(timer, ticks(10))
    wheel.advance(ticks(4))
    wheel.arm(5, ticks(10))
    wheel.advance(ticks(5))
    wheel.arm(6, ticks(10))
    expect(advance(wheel, ticks(10))).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('puts a timer that is armed again behind those that wait for the tick already', () => {
    const wheel = wheelOf(2)
    wheel.arm(0, 1_000)
    wheel.arm(1, 1_000)
    wheel.arm(0, 1_000)
    expect(advance(wheel, 1_000)).toEqual([1, 0])
  })
})

describe('TimingWheel.advance', () => {
  it('returns every due timer at once, however many they are', () => {
    const wheel = wheelOf(10_000)
    for (let timer = 0; timer < 10_000; timer++) wheel.arm(timer, 1_000 + (timer % 3) * 1_000)
    checkWheel(wheel)
    const all = Array.from({ length: 10_000 }, (_, timer) => timer)
    expect(advance(wheel, 3_000)).toEqual([0, 1, 2].flatMap((rest) => all.filter((timer) => timer % 3 === rest)))
    expect(wheel.nextExpiry()).toBe(Number.POSITIVE_INFINITY)
  })

  it('changes nothing when time stands still or goes back', () => {
    const wheel = wheelOf(1, 10_000)
    wheel.arm(0, 20_000)
    wheel.advance(15_000)
    const before = dump(wheel)
    for (const now of [15_000, 14_999, 0, -5]) expect(advance(wheel, now)).toEqual([])
    expect(dump(wheel)).toBe(before)
    expect(advance(wheel, 20_000)).toEqual([0])
  })

  it.each([
    ['a second', SECOND],
    ['an hour', HOUR],
    ['a year', 8_760 * HOUR],
    ['a century', 876_000 * HOUR],
  ])('returns timers in order when time jumps by %s', (_, jump) => {
    const wheel = wheelOf(5)
    wheel.arm(3, jump)
    wheel.arm(2, jump / 2)
    wheel.arm(0, 1)
    wheel.arm(1, 2_000)
    wheel.arm(4, jump + 63)
    expect(advance(wheel, jump)).toEqual([0, 1, 2, 3])
    expect(advance(wheel, jump + 125)).toEqual([4])
  })

  it.each([0, 2 ** 31, 2 ** 32, 2 ** 52 - 10 * HOUR])(
    'returns timers on time in a wheel that starts at %i',
    (start) => {
      const wheel = wheelOf(3, start)
      wheel.arm(1, start + 300_000)
      wheel.arm(2, start + 9 * HOUR)
      wheel.arm(0, start + 1_000)
      expect(advance(wheel, start + 999)).toEqual([])
      expect(advance(wheel, start + 1_063)).toEqual([0])
      expect(advance(wheel, start + 300_063)).toEqual([1])
      expect(advance(wheel, start + 9 * HOUR - 1)).toEqual([])
      expect(advance(wheel, start + 9 * HOUR + 63)).toEqual([2])
      checkWheel(wheel)
    },
  )
})

describe('TimingWheel.nextExpiry', () => {
  it('is Infinity when, and only when, no timer is armed', () => {
    const wheel = wheelOf(1)
    expect(wheel.nextExpiry()).toBe(Number.POSITIVE_INFINITY)
    wheel.arm(0, 10 * HOUR)
    expect(wheel.nextExpiry()).toBeLessThan(Number.POSITIVE_INFINITY)
    wheel.disarm(0)
    expect(wheel.nextExpiry()).toBe(Number.POSITIVE_INFINITY)
  })

  it('is exact within 256 ms', () => {
    const wheel = wheelOf(2)
    wheel.arm(0, 255_900)
    expect(wheel.nextExpiry()).toBe(255_938)
    wheel.arm(1, 10_000)
    expect(wheel.nextExpiry()).toBe(10_000)
    wheel.arm(0, 62)
    expect(wheel.nextExpiry()).toBe(63)
  })

  it.each([
    ['100 ms', 100_000, 1],
    ['256 ms', 256_000, 2],
    ['a minute', 60 * SECOND, 2],
    ['an hour', HOUR, 3],
    ['18 hours', 18 * HOUR, 3],
    ['20 hours', 20 * HOUR, 5],
    ['30 days', 720 * HOUR, 81],
  ])('wakes a sleeper once for each level that a timer has to leave: a timer in %s', (_, delay, most) => {
    const wheel = wheelOf(1, 12_345)
    wheel.arm(0, 12_345 + delay)
    const { at, wakes, expired } = sleepUntilDue(wheel)
    expect(expired).toEqual([0])
    expect(at).toBe(ticks(Math.ceil((12_345 + delay) / 62.5)))
    expect(wakes).toBeLessThanOrEqual(most)
  })

  it('asks for an advance in every tick while a crowded bucket is moved down, at most 1024 timers each', () => {
    const wheel = wheelOf(5_000)
    // All in unit 100 of level 1, which begins after 12.8 s and may be moved down from 12.672 s on.
    for (let timer = 0; timer < 5_000; timer++) wheel.arm(timer, 12_900_000)
    expect(wheel.nextExpiry()).toBe(12_672_000)
    for (const left of [3_976, 2_952, 1_928, 904, 0]) {
      wheel.advance(wheel.nextExpiry())
      expect(timersOn(wheel, 1)).toBe(left)
    }
    expect(wheel.nextExpiry()).toBe(12_900_000)
    expect(advance(wheel, 12_900_000)).toEqual(Array.from({ length: 5_000 }, (_, timer) => timer))
  })

  it('follows the example in the header of timing-wheel.ts', () => {
    const wheel = new TimingWheel({ start: 0, timers: 3, buckets: SMALL })
    for (const [timer, tick] of [5, 10, 30].entries()) wheel.arm(timer, Math.floor(tick * 62.5))
    const story: [tick: number, expired: number[]][] = []
    while (wheel.nextExpiry() < Number.POSITIVE_INFINITY && story.length < 10) {
      const at = wheel.nextExpiry()
      story.push([Math.floor(at / 62.5), advance(wheel, at)])
    }
    expect(story).toEqual([
      [4, []],
      [5, [0]],
      [10, [1]],
      [16, []],
      [24, []],
      [30, [2]],
    ])
  })
})

describe('checkWheel', () => {
  it.each([
    [
      'a bit that is missing',
      (wheel: TimingWheel) => wheel.inspect().occupied.clear(16),
      'the bit of bucket 16 is wrong',
    ],
    ['a bit too many', (wheel: TimingWheel) => wheel.inspect().occupied.mark(17), 'the bit of bucket 17 is wrong'],
    [
      'a timer in a wrong bucket',
      (wheel: TimingWheel) => wheel.inspect().lists.setDue(wheel.inspect().lists.node(0), 5_000),
      'timer 0 due 5000 (tick 80) is in a wrong bucket',
    ],
    [
      'a list that a timer has left at one end only',
      (wheel: TimingWheel) => wheel.inspect().lists.makeAlone(wheel.inspect().lists.node(0)),
      'are not linked',
    ],
  ])('finds %s', (_, damage, fault) => {
    const wheel = wheelOf(1)
    wheel.arm(0, 1_000)
    checkWheel(wheel)
    damage(wheel)
    expect(() => checkWheel(wheel)).toThrow(fault)
  })
})
