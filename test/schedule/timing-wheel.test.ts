import { describe, expect, it } from 'vitest'
import { DueBatch } from '../../src/schedule/due-batch.js'
import type { TimerHandle } from '../../src/schedule/timer-slab.js'
import { TimingWheel } from '../../src/schedule/timing-wheel.js'

const SECOND = 1_000_000
const HOUR = 3_600 * SECOND

/** The first whole microsecond at which a tick is over. */
const ticks = (count: number) => Math.ceil(count * 62.5)

interface Entry {
  payload: number
  due: number
  missed: number
  handle: TimerHandle
}

function entriesOf(batch: DueBatch): Entry[] {
  return Array.from({ length: batch.length }, (_, at) => ({
    payload: batch.payload[at]!,
    due: batch.due[at]!,
    missed: batch.missed[at]!,
    handle: batch.handle[at]!,
  }))
}

const advance = (wheel: TimingWheel, now: number, batch?: DueBatch) => entriesOf(wheel.advance(now, batch))
const payloads = (wheel: TimingWheel, now: number, batch?: DueBatch) =>
  advance(wheel, now, batch).map((entry) => entry.payload)

/** Sleeps from one nextExpiry to the next until something is due. */
function sleepUntilDue(wheel: TimingWheel): { at: number; wakes: number; entries: Entry[] } {
  for (let wakes = 1; wakes < 1_000; wakes++) {
    const at = wheel.nextExpiry()
    const entries = advance(wheel, at)
    wheel.checkInvariants()
    if (entries.length > 0) return { at, wakes, entries }
  }
  throw new Error(`a thousand wake-ups in vain\n${wheel.dump()}`)
}

describe('a timer', () => {
  it('comes at the first tick at or after its moment, and never before its moment', () => {
    const wheel = new TimingWheel({ start: 0 })
    wheel.insert(100, 7)
    expect(payloads(wheel, 99)).toEqual([])
    expect(payloads(wheel, 124)).toEqual([])
    expect(advance(wheel, 125)).toMatchObject([{ payload: 7, due: 100, missed: 0 }])
    expect(wheel.size).toBe(0)
  })

  it('comes on the microsecond when its moment is a multiple of 62.5 µs, as every whole half millisecond is', () => {
    const wheel = new TimingWheel({ start: 0 })
    for (const due of [500, 1_000, 100_000, 3_600_000_000]) {
      wheel.insert(due, 1)
      expect(payloads(wheel, due - 1)).toEqual([])
      expect(payloads(wheel, due)).toEqual([1])
    }
  })

  it('that is due already comes with the next advance, at the same instant', () => {
    const wheel = new TimingWheel({ start: 5 * SECOND })
    wheel.insert(5 * SECOND, 1)
    wheel.insert(3, 2)
    wheel.insert(-3, 3)
    expect(wheel.nextExpiry()).toBeLessThanOrEqual(5 * SECOND)
    expect(payloads(wheel, 5 * SECOND)).toEqual([1, 2, 3])
  })

  it('gives back any 32-bit payload', () => {
    const wheel = new TimingWheel({ start: 0 })
    const extremes = [0, -1, 2 ** 31 - 1, -(2 ** 31)]
    for (const payload of extremes) wheel.insert(1, payload)
    expect(payloads(wheel, SECOND)).toEqual(extremes)
  })

  it('is refused when its moment is not a whole number of microseconds up to 2^52', () => {
    const wheel = new TimingWheel({ start: 0 })
    const pending = wheel.insert(1, 1)
    for (const due of [Number.NaN, 0.5, 2 ** 52 + 1, Number.POSITIVE_INFINITY]) {
      expect(() => wheel.insert(due, 1)).toThrow('whole number of microseconds')
      expect(() => wheel.reschedule(pending, due)).toThrow('whole number of microseconds')
      expect(() => wheel.advance(due)).toThrow('whole number of microseconds')
    }
    for (const period of [0, -1, 0.5, Number.NaN]) {
      expect(() => wheel.insertPeriodic(1, period, 1)).toThrow('whole number of microseconds')
    }
    expect(wheel.size).toBe(1)
  })
})

describe('order', () => {
  it('is by tick, whatever the order of insertion', () => {
    const wheel = new TimingWheel({ start: 0 })
    for (const milliseconds of [40_000, 3, 900, 100_000_000, 3_000, 1]) {
      wheel.insert(milliseconds * 1_000, milliseconds)
    }
    expect(payloads(wheel, 200_000 * SECOND)).toEqual([1, 3, 900, 3_000, 40_000, 100_000_000])
  })

  it('is first in, first out within a tick, however far away the timers were when they were inserted', () => {
    const due = 90 * HOUR
    const wheel = new TimingWheel({ start: 0 })
    const instants = [0, 1, 60 * HOUR, 80 * HOUR, due - 60 * SECOND, due - 200_000, due - 1_000]
    const expected: number[] = []
    for (const [at, now] of instants.entries()) {
      wheel.advance(now)
      for (let twin = 0; twin < 3; twin++) {
        expected.push(at * 10 + twin)
        wheel.insert(due, at * 10 + twin)
      }
    }
    expect(payloads(wheel, due)).toEqual(expected)
  })

  it('is kept when a coarse slot has been moved down only in part and newer timers join its ticks', () => {
    const wheel = new TimingWheel({ start: 0, tiny: true })
    // Tick 10 is on ring 1 until tick 4; from there two timers move with each advance, the last ones first.
    for (let payload = 0; payload < 5; payload++) wheel.insert(ticks(10), payload)
    wheel.advance(ticks(4))
    wheel.insert(ticks(10), 5)
    wheel.advance(ticks(5))
    wheel.insert(ticks(10), 6)
    expect(payloads(wheel, ticks(10))).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('puts a rescheduled timer behind those that wait for the tick already', () => {
    const wheel = new TimingWheel({ start: 0 })
    const first = wheel.insert(1_000, 1)
    wheel.insert(1_000, 2)
    wheel.reschedule(first, 1_000)
    expect(payloads(wheel, 1_000)).toEqual([2, 1])
  })
})

describe('a periodic timer', () => {
  it('keeps its grid to the microsecond over a million periods', () => {
    const wheel = new TimingWheel({ start: 0 })
    const handle = wheel.insertPeriodic(1_000_003, 333, 1)
    let expected = 1_000_003
    let off = 0
    for (let beat = 0; beat < 1_000_000; beat++) {
      const batch = wheel.advance(expected + 62)
      if (batch.length !== 1 || batch.due[0] !== expected || batch.missed[0] !== 0) off++
      expected += 333
    }
    expect(off).toBe(0)
    expect(wheel.has(handle)).toBe(true)
  })

  it('comes once after a stall, with the moments that lapsed counted, and goes on along its grid', () => {
    const wheel = new TimingWheel({ start: 0 })
    const handle = wheel.insertPeriodic(100_000, 100_000, 9)
    expect(advance(wheel, 10 * SECOND + 50_000)).toEqual([{ payload: 9, due: 100_000, missed: 99, handle }])
    expect(advance(wheel, 10 * SECOND + 99_999)).toEqual([])
    expect(advance(wheel, 10 * SECOND + 100_000)).toEqual([{ payload: 9, due: 10_100_000, missed: 0, handle }])
  })

  it('with a period far below a tick counts the moments it cannot come at', () => {
    const wheel = new TimingWheel({ start: 0 })
    wheel.insertPeriodic(1, 1, 1)
    let counted = 0
    for (let now = 0; now <= 10_000; now += 125) {
      for (const entry of advance(wheel, now)) counted += 1 + entry.missed
    }
    expect(counted).toBe(10_000)
  })

  it('stops when it is cancelled, also by who handles the batch it came in', () => {
    const wheel = new TimingWheel({ start: 0 })
    const other = wheel.insertPeriodic(1_000, 1_000, 1)
    const self = wheel.insertPeriodic(1_000, 1_000, 2)
    const batch = wheel.advance(1_000)
    for (let at = 0; at < batch.length; at++) {
      if (batch.payload[at] === 1) expect(wheel.cancel(self)).toBe(true)
      expect(wheel.cancel(batch.handle[at]!)).toBe(batch.handle[at] === other)
      wheel.insert(2_000, 3)
    }
    expect(payloads(wheel, 2_000)).toEqual([3, 3])
    expect(wheel.size).toBe(0)
  })

  it('goes on from the moment it is rescheduled to', () => {
    const wheel = new TimingWheel({ start: 0 })
    const handle = wheel.insertPeriodic(1_000, 1_000, 1)
    wheel.reschedule(handle, 1_500)
    expect(advance(wheel, 1_500)).toMatchObject([{ due: 1_500 }])
    expect(advance(wheel, 2_500)).toMatchObject([{ due: 2_500 }])
  })
})

describe('a handle', () => {
  it('is good for one cancel, and for none once its timer has come', () => {
    const wheel = new TimingWheel({ start: 0 })
    const cancelled = wheel.insert(1_000, 1)
    const expired = wheel.insert(1_000, 2)
    expect(wheel.cancel(cancelled)).toBe(true)
    expect(payloads(wheel, 1_000)).toEqual([2])
    for (const stale of [cancelled, expired]) {
      expect(wheel.has(stale)).toBe(false)
      expect(wheel.cancel(stale)).toBe(false)
      expect(wheel.reschedule(stale, 5_000)).toBe(false)
    }
    expect(wheel.size).toBe(0)
  })

  it('never names the timer that took the place of its own', () => {
    const wheel = new TimingWheel({ start: 0, capacity: 1 })
    const stale: TimerHandle[] = []
    for (let use = 0; use < 1_000; use++) {
      const handle = wheel.insert(1_000, use)
      expect(stale.some((old) => wheel.has(old) || wheel.cancel(old))).toBe(false)
      expect(wheel.cancel(handle)).toBe(true)
      stale.push(handle)
    }
    expect(new Set(stale).size).toBe(1_000)
    wheel.insert(1_000, 7)
    expect(stale.some((old) => wheel.reschedule(old, 2_000))).toBe(false)
    expect(payloads(wheel, 1_000)).toEqual([7])
  })

  it('that was never given out is refused', () => {
    const wheel = new TimingWheel({ start: 0 })
    const real = wheel.insert(1_000, 1)
    for (const forged of [0, 1, -1, real + 1, real + 0.5, real + 2 ** 22, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(wheel.cancel(forged as TimerHandle), `${forged}`).toBe(false)
    }
    expect(wheel.has(real)).toBe(true)
  })
})

describe('a full batch', () => {
  function wheelWithFiveDue() {
    const wheel = new TimingWheel({ start: 0 })
    const handles = [1, 1, 1, 2, 3].map((tick, payload) => wheel.insert(tick * 1_000, payload))
    return { wheel, handles, batch: new DueBatch(2) }
  }

  it('leaves the rest for the next advances, in order, and nextExpiry asks for them at once', () => {
    const { wheel, batch } = wheelWithFiveDue()
    expect(payloads(wheel, 10_000, batch)).toEqual([0, 1])
    expect(batch.isFull).toBe(true)
    wheel.checkInvariants()
    expect(wheel.nextExpiry()).toBeLessThanOrEqual(10_000)
    expect(payloads(wheel, 10_000, batch)).toEqual([2, 3])
    expect(payloads(wheel, 10_000, batch)).toEqual([4])
    expect(batch.isFull).toBe(false)
    expect(wheel.nextExpiry()).toBe(Number.POSITIVE_INFINITY)
  })

  it('leaves timers that can still be cancelled and rescheduled', () => {
    const { wheel, handles, batch } = wheelWithFiveDue()
    wheel.advance(10_000, batch)
    expect(wheel.cancel(handles[2]!)).toBe(true)
    expect(wheel.reschedule(handles[3]!, 11_000)).toBe(true)
    wheel.checkInvariants()
    expect(payloads(wheel, 10_000, batch)).toEqual([4])
    expect(payloads(wheel, 11_000, batch)).toEqual([3])
  })

  it('leaves timers that come before those inserted since', () => {
    const { wheel, batch } = wheelWithFiveDue()
    wheel.advance(10_000, batch)
    wheel.insert(0, 10)
    wheel.insert(2_000, 11)
    const rest = new DueBatch(10)
    expect(payloads(wheel, 10_000, rest)).toEqual([2, 10, 3, 11, 4])
  })
})

describe('time', () => {
  it('that stands still or goes back changes nothing', () => {
    const wheel = new TimingWheel({ start: 10_000 })
    wheel.insert(20_000, 1)
    wheel.advance(15_000)
    const before = wheel.dump()
    for (const now of [15_000, 14_999, 0, -5]) expect(payloads(wheel, now)).toEqual([])
    expect(wheel.dump()).toBe(before)
    expect(payloads(wheel, 20_000)).toEqual([1])
  })

  it.each([
    ['a second', SECOND],
    ['an hour', HOUR],
    ['a year', 8_760 * HOUR],
    ['a century', 876_000 * HOUR],
  ])('may jump by %s, and what was due comes in order', (_, jump) => {
    const wheel = new TimingWheel({ start: 0 })
    wheel.insert(jump, 4)
    wheel.insert(jump / 2, 3)
    wheel.insert(1, 1)
    wheel.insert(2_000, 2)
    wheel.insert(jump + 63, 5)
    expect(payloads(wheel, jump)).toEqual([1, 2, 3, 4])
    expect(payloads(wheel, jump + 125)).toEqual([5])
  })

  it.each([0, 2 ** 31, 2 ** 32, 2 ** 52 - 10 * HOUR])('may start at %i', (start) => {
    const wheel = new TimingWheel({ start })
    wheel.insert(start + 300_000, 2)
    wheel.insert(start + 9 * HOUR, 3)
    wheel.insert(start + 1_000, 1)
    expect(payloads(wheel, start + 999)).toEqual([])
    expect(payloads(wheel, start + 1_063)).toEqual([1])
    expect(payloads(wheel, start + 300_063)).toEqual([2])
    expect(payloads(wheel, start + 9 * HOUR - 1)).toEqual([])
    expect(payloads(wheel, start + 9 * HOUR + 63)).toEqual([3])
    wheel.checkInvariants()
  })
})

describe('nextExpiry', () => {
  it('is Infinity when, and only when, no timer is pending', () => {
    const wheel = new TimingWheel({ start: 0 })
    expect(wheel.nextExpiry()).toBe(Number.POSITIVE_INFINITY)
    const handle = wheel.insert(10 * HOUR, 1)
    expect(wheel.nextExpiry()).toBeLessThan(Number.POSITIVE_INFINITY)
    wheel.cancel(handle)
    expect(wheel.nextExpiry()).toBe(Number.POSITIVE_INFINITY)
  })

  it('is exact within 256 ms', () => {
    const wheel = new TimingWheel({ start: 0 })
    const far = wheel.insert(255_900, 1)
    expect(wheel.nextExpiry()).toBe(255_938)
    wheel.insert(10_000, 2)
    expect(wheel.nextExpiry()).toBe(10_000)
    wheel.reschedule(far, 62)
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
  ])('wakes a sleeper once for each ring to leave: a timer in %s', (_, delay, most) => {
    const wheel = new TimingWheel({ start: 12_345 })
    wheel.insert(12_345 + delay, 1)
    const { at, wakes, entries } = sleepUntilDue(wheel)
    expect(entries).toMatchObject([{ payload: 1 }])
    expect(at).toBe(ticks(Math.ceil((12_345 + delay) / 62.5)))
    expect(wakes).toBeLessThanOrEqual(most)
  })

  it('asks for an advance in every tick while a crowded slot is moved down, so that none of them is a burst', () => {
    const wheel = new TimingWheel({ start: 0 })
    // All in unit 100 of ring 1, which begins after 12.8 s and may be moved down from 12.672 s on, 1024 at a time.
    for (let payload = 0; payload < 5_000; payload++) wheel.insert(12_900_000, payload)
    const onRing1 = () => wheel.dump().split('ring 1')[1]?.split('payload').length ?? 1
    const opens = wheel.nextExpiry()
    expect(opens).toBe(12_672_000)
    for (const left of [3_976, 2_952, 1_928, 904, 0]) {
      wheel.advance(wheel.nextExpiry())
      expect(onRing1() - 1).toBe(left)
    }
    expect(wheel.nextExpiry()).toBe(12_900_000)
    const order = payloads(wheel, 12_900_000, new DueBatch(5_000))
    expect(order).toEqual(Array.from({ length: 5_000 }, (_, payload) => payload))
  })

  it('follows the example in the header of the wheel', () => {
    const wheel = new TimingWheel({ start: 0, tiny: true })
    const [a, b, c] = [5, 10, 30]
    for (const tick of [a, b, c]) wheel.insert(Math.floor(tick * 62.5), tick)
    const story: [tick: number, due: number[]][] = []
    while (wheel.size > 0 && story.length < 10) {
      const at = wheel.nextExpiry()
      story.push([Math.floor(at / 62.5), payloads(wheel, at)])
    }
    expect(story).toEqual([
      [4, []],
      [5, [a]],
      [10, [b]],
      [16, []],
      [24, []],
      [30, [c]],
    ])
  })
})

describe('growth', () => {
  it.each([0, 1, 64, 1_000])('from room for %i keeps every handle and the order', (capacity) => {
    const wheel = new TimingWheel({ start: 0, capacity })
    const handles = Array.from({ length: 3_000 }, (_, payload) => wheel.insert(1_000 + (payload % 3) * 1_000, payload))
    wheel.checkInvariants()
    expect(handles.every((handle) => wheel.has(handle))).toBe(true)
    for (let payload = 0; payload < 3_000; payload += 2) expect(wheel.cancel(handles[payload]!)).toBe(true)
    const odd = Array.from({ length: 1_500 }, (_, at) => 2 * at + 1)
    expect(payloads(wheel, 3_000, new DueBatch(3_000))).toEqual(
      [0, 1, 2].flatMap((r) => odd.filter((n) => n % 3 === r)),
    )
  })

  it('ends at 4,194,304 timers with an error that says so', () => {
    const most = 2 ** 22
    const wheel = new TimingWheel({ start: 0, capacity: most })
    for (let payload = 0; payload < most; payload++) wheel.insert(payload, payload)
    expect(() => wheel.insert(1, 1)).toThrow('no more than 4194304 timers')
    expect(wheel.size).toBe(most)
  })
})
