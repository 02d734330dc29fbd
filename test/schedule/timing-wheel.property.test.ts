/**
 * The wheel against models that cannot be wrong in the same way: a sorted array, and a binary heap.
 *
 * `FC_SEED=... npx vitest run test/schedule/timing-wheel.property` repeats the run that reported the seed.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DueBatch } from '../../src/schedule/due-batch.js'
import type { TimerHandle } from '../../src/schedule/timer-slab.js'
import { TimingWheel } from '../../src/schedule/timing-wheel.js'
import { fuzz } from './fuzz.js'

interface Timer {
  readonly payload: number
  readonly period: number
  due: number
  /** Where it waits: by the tick first, then by when it was put there. */
  tick: number
  sequence: number
}

interface Entry {
  payload: number
  due: number
  missed: number
}

interface Queue {
  push(timer: Timer): void
  /** Does nothing when the timer is not in the queue. */
  remove(timer: Timer): void
  first(): Timer | undefined
}

const comesBefore = (a: Timer, b: Timer) => a.tick - b.tick || a.sequence - b.sequence

class SortedArray implements Queue {
  readonly #timers: Timer[] = []

  push(timer: Timer): void {
    const after = this.#timers.findIndex((other) => comesBefore(timer, other) < 0)
    this.#timers.splice(after < 0 ? this.#timers.length : after, 0, timer)
  }

  remove(timer: Timer): void {
    this.#timers.splice(this.#timers.indexOf(timer), 1)
  }

  first(): Timer | undefined {
    return this.#timers[0]
  }
}

/** Entries that were removed, or pushed again since, stay until they reach the top. */
class BinaryHeap implements Queue {
  readonly #heap: { timer: Timer; tick: number; sequence: number }[] = []
  readonly #current = new Map<Timer, number>()

  push(timer: Timer): void {
    this.#current.set(timer, timer.sequence)
    const heap = this.#heap
    let at = heap.push({ timer, tick: timer.tick, sequence: timer.sequence }) - 1
    while (at > 0 && this.#isBefore(at, (at - 1) >> 1)) at = this.#swap(at, (at - 1) >> 1)
  }

  remove(timer: Timer): void {
    this.#current.delete(timer)
  }

  first(): Timer | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#current.get(top.timer) === top.sequence) return top.timer
      this.#pop()
    }
    return undefined
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    heap[0] = last
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && this.#isBefore(child, least)) least = child
      if (least === at) return
      at = this.#swap(at, least)
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a]!, this.#heap[b]!]
    return (one.tick - other.tick || one.sequence - other.sequence) < 0
  }

  #swap(from: number, to: number): number {
    const heap = this.#heap
    ;[heap[from], heap[to]] = [heap[to]!, heap[from]!]
    return to
  }
}

/** What the wheel's header promises, with no thought of speed. */
class Model {
  readonly pending = new Set<Timer>()
  readonly #queue: Queue
  now: number
  tick: number
  #sequence = 0

  constructor(start: number, queue: Queue) {
    this.#queue = queue
    this.now = start
    this.tick = Math.floor(start / 62.5)
  }

  insert(due: number, period: number, payload: number): Timer {
    const timer = { payload, period, due, tick: 0, sequence: 0 }
    this.pending.add(timer)
    this.#put(timer, due)
    return timer
  }

  cancel(timer: Timer): boolean {
    if (!this.pending.delete(timer)) return false
    this.#queue.remove(timer)
    return true
  }

  reschedule(timer: Timer, due: number): boolean {
    if (!this.pending.has(timer)) return false
    this.#queue.remove(timer)
    this.#put(timer, due)
    return true
  }

  advance(now: number, most: number): Entry[] {
    this.now = Math.max(this.now, now)
    const last = Math.floor(this.now / 62.5)
    const entries: Entry[] = []
    for (let timer = this.#queue.first(); timer && timer.tick <= last; timer = this.#queue.first()) {
      if (entries.length === most) return entries
      this.tick = timer.tick
      const { payload, due, period } = timer
      const missed = period > 0 ? Math.floor((this.now - due) / period) : 0
      entries.push({ payload, due, missed })
      this.#queue.remove(timer)
      if (period > 0) this.#put(timer, due + (missed + 1) * period)
      else this.pending.delete(timer)
    }
    if (entries.length < most) this.tick = last
    return entries
  }

  firstTick(): number {
    return this.#queue.first()?.tick ?? Number.POSITIVE_INFINITY
  }

  #put(timer: Timer, due: number): void {
    timer.due = due
    timer.tick = Math.max(Math.ceil(due / 62.5), this.tick)
    timer.sequence = this.#sequence++
    this.#queue.push(timer)
  }
}

/** Slots of the rings and their widths in ticks, as the header of the wheel has them. */
const GEOMETRIES = {
  tiny: { tiny: true, slots: [8, 4, 4], widths: [1, 4, 8, 16] },
  full: { tiny: false, slots: [4096, 1024, 1024], widths: [1, 2048, 2 ** 20, 2 ** 29] },
} as const

type Geometry = (typeof GEOMETRIES)[keyof typeof GEOMETRIES]

const STARTS = [0, 1_000_003, 2 ** 31 - 1_000, 2 ** 32 - 1_000, 2 ** 52 - 2 ** 46]

type Operation =
  | { do: 'insert'; delay: number; period: number }
  | { do: 'cancel' | 'cancelAny'; pick: number }
  | { do: 'reschedule' | 'rescheduleAny'; pick: number; delay: number }
  | { do: 'advance' | 'rewind'; span: number }
  /** To the beginning of the next slot of a ring, or a few microseconds beside it. */
  | { do: 'advanceToSlot'; width: number; beside: number }

function operations({ slots, widths }: Geometry, { periodic = true } = {}): fc.Arbitrary<Operation[]> {
  const reaches = slots.map((count, level) => count * widths[level]!)
  const edges = [...widths, ...reaches, 5 * widths.at(-1)!]
  const edge = fc
    .tuple(fc.constantFrom(0, ...edges), fc.integer({ min: -1, max: 1 }), fc.integer({ min: -63, max: 63 }))
    .map(([ticks, beside, micros]) => Math.floor((ticks + beside) * 62.5) + micros)
  const spans = edges.map((ticks) => fc.nat({ max: Math.floor(ticks * 62.5) }))
  const delay = fc.oneof(edge, ...spans)
  const span = fc.oneof(edge.map(Math.abs), ...spans)
  const period = fc.oneof(
    fc.constant(0),
    periodic
      ? fc.oneof(
          fc.integer({ min: 1, max: 200 }),
          span.map((value) => value + 1),
        )
      : fc.constant(0),
  )
  const pick = fc.nat({ max: 1_000 })
  const beside = fc.constantFrom(-63, -1, 0, 1, 63)
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('insert' as const), delay, period }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'cancelAny' as const), pick }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom('reschedule' as const, 'rescheduleAny' as const), pick, delay }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), span }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('advanceToSlot' as const), width: fc.constantFrom(...widths), beside }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('rewind' as const), span }) },
    ),
    { maxLength: 80, size: 'max' },
  )
}

/** A wheel and a model, led through the same operations; every answer of the two is compared. */
class Pair {
  readonly wheel: TimingWheel
  readonly model: Model
  readonly entries: (Entry & { handle: TimerHandle })[] = []
  readonly #handles = new Map<Timer, TimerHandle>()
  readonly #all: Timer[] = []
  #now: number

  constructor(geometry: Geometry, start: number, { capacity = 16, queue = new SortedArray() as Queue } = {}) {
    this.wheel = new TimingWheel({ start, capacity, tiny: geometry.tiny })
    this.model = new Model(start, queue)
    this.#now = start
  }

  /** `advance` says how to get to an instant: in one go, or in pieces. */
  run(operation: Operation, advance: (to: number) => unknown = (to) => this.advanceOnce(to, 1_000)): void {
    const now = this.#now
    switch (operation.do) {
      case 'insert':
        this.insert(now + operation.delay, operation.period)
        break
      case 'cancel':
        this.#cancel(pickFrom([...this.model.pending], operation.pick))
        break
      case 'cancelAny':
        this.#cancel(pickFrom(this.#all, operation.pick))
        break
      case 'reschedule':
        this.#reschedule(pickFrom([...this.model.pending], operation.pick), now + operation.delay)
        break
      case 'rescheduleAny':
        this.#reschedule(pickFrom(this.#all, operation.pick), now + operation.delay)
        break
      case 'rewind':
        advance(now - operation.span)
        break
      case 'advance':
        advance(now + operation.span)
        break
      case 'advanceToSlot': {
        const width = operation.width * 62.5
        advance(Math.max(now, Math.floor((Math.floor(now / width) + 1) * width) + operation.beside))
      }
    }
  }

  insert(due: number, period: number): void {
    const payload = this.#all.length
    const timer = this.model.insert(due, period, payload)
    const handle = period > 0 ? this.wheel.insertPeriodic(due, period, payload) : this.wheel.insert(due, payload)
    this.#handles.set(timer, handle)
    this.#all.push(timer)
  }

  /** Advances both, and returns how many entries came. */
  advanceOnce(now: number, most: number): number {
    const batch = this.wheel.advance(Math.floor(now), new DueBatch(most))
    const expected = this.model.advance(Math.floor(now), most)
    const actual = Array.from({ length: batch.length }, (_, at) => ({
      payload: batch.payload[at]!,
      due: batch.due[at]!,
      missed: batch.missed[at]!,
    }))
    expect(actual).toEqual(expected)
    for (const [at, entry] of actual.entries()) {
      const handle = batch.handle[at]!
      expect(handle).toBe(this.#handles.get(this.#all[entry.payload]!))
      expect(entry.due).toBeLessThanOrEqual(this.model.now)
      this.entries.push({ ...entry, handle })
    }
    if (!batch.isFull) expect(this.wheel.nextExpiry()).toBeGreaterThan(this.model.now)
    this.#now = Math.max(this.#now, Math.floor(now))
    return batch.length
  }

  check(): void {
    this.wheel.checkInvariants()
    expect(this.wheel.size).toBe(this.model.pending.size)
    const differs = this.#all.filter(
      (timer) => this.wheel.has(this.#handles.get(timer)!) !== this.model.pending.has(timer),
    )
    expect(differs).toEqual([])
    if (this.wheel.size === 0) expect(this.wheel.nextExpiry()).toBe(Number.POSITIVE_INFINITY)
    else expect(this.wheel.nextExpiry()).toBeLessThanOrEqual(Math.ceil(this.model.firstTick() * 62.5))
  }

  #cancel(timer: Timer | undefined): void {
    if (timer) expect(this.wheel.cancel(this.#handles.get(timer)!)).toBe(this.model.cancel(timer))
  }

  #reschedule(timer: Timer | undefined, due: number): void {
    if (timer) expect(this.wheel.reschedule(this.#handles.get(timer)!, due)).toBe(this.model.reschedule(timer, due))
  }
}

function pickFrom<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % list.length]
}

const start = fc.constantFrom(...STARTS)

describe('the wheel returns what a sorted array returns', () => {
  it('with a few slots a ring, and is sound after every operation', () => {
    fc.assert(
      fc.property(start, operations(GEOMETRIES.tiny), (start, operations) => {
        const pair = new Pair(GEOMETRIES.tiny, start, { capacity: 0 })
        for (const operation of operations) {
          pair.run(operation)
          pair.check()
        }
      }),
      fuzz(800),
    )
  })

  it('with the real rings, and is sound after every operation', () => {
    fc.assert(
      fc.property(start, operations(GEOMETRIES.full), (start, operations) => {
        const pair = new Pair(GEOMETRIES.full, start)
        for (const operation of operations) {
          pair.run(operation)
          pair.check()
        }
      }),
      fuzz(80),
    )
  })

  it('when batches are too small, and timers are inserted and cancelled while some are left', () => {
    fc.assert(
      fc.property(start, operations(GEOMETRIES.tiny), fc.integer({ min: 1, max: 4 }), (start, operations, most) => {
        const pair = new Pair(GEOMETRIES.tiny, start)
        for (const operation of operations) {
          pair.run(operation, (to) => pair.advanceOnce(to, most))
          pair.check()
          if (pair.model.firstTick() <= Math.floor(pair.model.now / 62.5)) {
            expect(pair.wheel.nextExpiry()).toBeLessThanOrEqual(pair.model.now)
          }
        }
      }),
      fuzz(500),
    )
  })

  it('to a sleeper who wakes at nextExpiry only, and every wake-up returns or moves a timer', () => {
    fc.assert(
      fc.property(start, operations(GEOMETRIES.tiny, { periodic: false }), (start, operations) => {
        const pair = new Pair(GEOMETRIES.tiny, start)
        for (const operation of operations) if (operation.do === 'insert') pair.run(operation)
        while (pair.wheel.size > 0) {
          const before = pair.wheel.dump().replace(/.*/, '')
          pair.advanceOnce(pair.wheel.nextExpiry(), 1_000)
          expect(pair.wheel.dump().replace(/.*/, '')).not.toBe(before)
          pair.check()
        }
      }),
      fuzz(150),
    )
  })
})

describe('the wheel does not care', () => {
  it('in how many steps time passes: one-shot timers come alike', () => {
    const parts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(start, operations(GEOMETRIES.tiny, { periodic: false }), parts, (start, operations, parts) => {
        const once = new Pair(GEOMETRIES.tiny, start)
        const split = new Pair(GEOMETRIES.tiny, start)
        for (const operation of operations) {
          once.run(operation)
          split.run(operation, (to) => {
            const from = split.model.now
            for (const part of parts.toSorted((a, b) => a - b)) split.advanceOnce(from + (to - from) * part, 1_000)
            split.advanceOnce(to, 1_000)
          })
        }
        expect(split.entries).toEqual(once.entries)
      }),
      fuzz(300),
    )
  })

  it('how many entries are taken at a time', () => {
    fc.assert(
      fc.property(start, operations(GEOMETRIES.tiny), fc.integer({ min: 1, max: 5 }), (start, operations, most) => {
        const once = new Pair(GEOMETRIES.tiny, start)
        const budgeted = new Pair(GEOMETRIES.tiny, start)
        for (const operation of operations) {
          once.run(operation)
          budgeted.run(operation, (to) => {
            while (budgeted.advanceOnce(to, most) === most);
          })
        }
        expect(budgeted.entries).toEqual(once.entries)
      }),
      fuzz(300),
    )
  })

  it('how much room it started with: entries and handles are the same', () => {
    fc.assert(
      fc.property(start, operations(GEOMETRIES.tiny), (start, operations) => {
        const small = new Pair(GEOMETRIES.tiny, start, { capacity: 0 })
        const large = new Pair(GEOMETRIES.tiny, start, { capacity: 4_096 })
        for (let burst = 0; burst < 100; burst++) {
          small.insert(start + burst * 1_000, 0)
          large.insert(start + burst * 1_000, 0)
        }
        for (const operation of operations) {
          small.run(operation)
          large.run(operation)
        }
        expect(small.entries).toEqual(large.entries)
      }),
      fuzz(100),
    )
  })
})

describe('a lone timer', () => {
  it('comes at the first microsecond of its tick, reckoned with big integers, and not one before', () => {
    // Every other tick ends on a whole microsecond, a multiple of 125: where a rounding error would show.
    const edge = fc
      .tuple(fc.integer({ min: 2, max: 2 ** 45 }), fc.constantFrom(-1, 0, 1, 62, 63))
      .map(([pairs, beside]) => pairs * 125 + beside)
    const due = fc.oneof(edge, fc.integer({ min: 200, max: 2 ** 52 - 125 }))
    fc.assert(
      fc.property(due, fc.integer({ min: 125, max: 200_000 }), (due, ahead) => {
        const wheel = new TimingWheel({ start: due - ahead, capacity: 1 })
        wheel.insert(due, 1)
        const tick = (BigInt(due) * 2n + 124n) / 125n
        const expected = Number((tick * 125n + 1n) / 2n)
        expect(wheel.advance(expected - 1).length).toBe(0)
        expect(wheel.nextExpiry()).toBe(expected)
        expect(wheel.advance(expected).length).toBe(1)
      }),
      fuzz(2_000),
    )
  })
})

/** Marsaglia's xorshift32: a long trace needs no shrinking, only to be the same every time. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.floor(((state >>> 0) / 2 ** 32) * below)
  }
}

describe('over 30,000 operations the wheel returns what a binary heap returns', () => {
  it.each([
    ['tiny', 0],
    ['tiny', 2 ** 52 - 2 ** 46],
    ['full', 2 ** 32 - 1_000],
    ['full', 2 ** 52 - 2 ** 50],
  ] as const)('%s rings from %i', (name, start) => {
    const geometry = GEOMETRIES[name]
    const below = random(4_711)
    const pair = new Pair(geometry, start, { queue: new BinaryHeap() })
    const reaches = geometry.widths.map((width) => Math.floor(width * 62.5) * 8)
    // Mostly near: a far timer is rare, or nothing would ever come due.
    const span = () => below(reaches[below(4) * below(2) * below(2)]!)
    for (let step = 0; step < 30_000; step++) {
      if (step % 1_000 === 0) pair.check()
      const choice = below(20)
      if (choice < 8) pair.run({ do: 'insert', delay: span() - 100, period: 0 })
      else if (choice === 8 && pair.model.pending.size < 300)
        pair.run({ do: 'insert', delay: span(), period: 1 + span() })
      else if (choice < 11) pair.run({ do: 'cancelAny', pick: below(2 ** 31) })
      else if (choice < 13) pair.run({ do: 'cancel', pick: below(2 ** 31) })
      else if (choice < 15) pair.run({ do: 'reschedule', pick: below(2 ** 31), delay: span() })
      else pair.run({ do: 'advance', span: span() })
    }
    pair.check()
    expect(pair.entries.length).toBeGreaterThan(5_000)
  })
})
