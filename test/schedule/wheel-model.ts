/** What the header of timing-wheel.ts promises, as a sorted array; and a wheel beside it that must do the same. */
import { expect } from 'vitest'
import { TimingWheel } from '../../src/schedule/timing-wheel.js'
import { BUCKETS } from '../../src/schedule/wheel-levels.js'
import { armedTimers, checkWheel, SMALL } from './wheel-check.js'

/** Buckets of the levels, and the widths of the buckets in ticks (the last is that of the far level). */
export const GEOMETRIES = {
  small: { buckets: SMALL, widths: [1, 4, 8, 16] },
  full: { buckets: BUCKETS, widths: [1, 2048, 2 ** 20, 2 ** 29] },
} as const

export type Geometry = (typeof GEOMETRIES)[keyof typeof GEOMETRIES]

interface Armed {
  readonly timer: number
  readonly due: number
  readonly tick: number
}

export class Model {
  now: number
  #tick: number
  /** By tick; within a tick in the order of arming. */
  readonly #armed: Armed[] = []

  constructor(start: number) {
    this.now = start
    this.#tick = Math.floor(start / 62.5)
  }

  arm(timer: number, due: number): void {
    this.disarm(timer)
    const tick = Math.max(Math.ceil(due / 62.5), this.#tick)
    const later = this.#armed.findIndex((other) => other.tick > tick)
    this.#armed.splice(later < 0 ? this.#armed.length : later, 0, { timer, due, tick })
  }

  disarm(timer: number): void {
    const at = this.#armed.findIndex((armed) => armed.timer === timer)
    if (at >= 0) this.#armed.splice(at, 1)
  }

  advance(now: number): Armed[] {
    this.now = Math.max(this.now, now)
    this.#tick = Math.floor(this.now / 62.5)
    const left = this.#armed.findIndex(({ tick }) => tick > this.#tick)
    return this.#armed.splice(0, left < 0 ? this.#armed.length : left)
  }

  get armed(): number[] {
    return this.#armed.map(({ timer }) => timer).sort((a, b) => a - b)
  }

  /** The first microsecond at which a timer can be returned. */
  get next(): number {
    const [first] = this.#armed
    return first ? Math.ceil(first.tick * 62.5) : Number.POSITIVE_INFINITY
  }
}

export type Operation =
  | { do: 'arm'; timer: number; delay: number }
  | { do: 'disarm'; timer: number }
  | { do: 'advance' | 'rewind'; span: number }
  /** To the beginning of the next bucket of a width, or a few microseconds beside it. */
  | { do: 'advanceToBucket'; width: number; beside: number }
  /** As the scheduler does: to nextExpiry, and every timer that expires is armed again a period after it was due. */
  | { do: 'beat'; period: number }

/** A wheel and a model that are led through the same operations; every answer of the two is compared. */
export class Pair {
  readonly wheel: TimingWheel
  readonly model: Model
  readonly timers: number
  readonly expired: { readonly timer: number; readonly due: number }[] = []

  constructor({ buckets }: Geometry, start: number, timers: number) {
    this.timers = timers
    this.wheel = new TimingWheel({ start, timers, buckets })
    this.model = new Model(start)
  }

  /** `advance` says how to get to an instant: in one go, or in pieces. */
  run(operation: Operation, advance: (to: number) => unknown = (to) => this.advance(to)): void {
    const { now } = this.model
    switch (operation.do) {
      case 'arm':
        this.arm(operation.timer % this.timers, now + operation.delay)
        break
      case 'disarm':
        this.wheel.disarm(operation.timer % this.timers)
        this.model.disarm(operation.timer % this.timers)
        break
      case 'advance':
        advance(now + operation.span)
        break
      case 'rewind':
        advance(now - operation.span)
        break
      case 'advanceToBucket': {
        const width = operation.width * 62.5
        advance(Math.max(now, Math.floor((Math.floor(now / width) + 1) * width) + operation.beside))
        break
      }
      case 'beat': {
        const next = this.wheel.nextExpiry()
        if (next === Number.POSITIVE_INFINITY) return
        for (const { timer, due } of this.advance(next)) this.arm(timer, due + operation.period)
      }
    }
  }

  arm(timer: number, due: number): void {
    this.wheel.arm(timer, due)
    this.model.arm(timer, due)
  }

  /** Advances both, compares what they return, and returns it. */
  advance(to: number): readonly { readonly timer: number; readonly due: number }[] {
    const now = Math.floor(to)
    const count = this.wheel.advance(now)
    const expected = this.model.advance(now)
    expect([...this.wheel.expired.subarray(0, count)]).toEqual(expected.map(({ timer }) => timer))
    for (const { due } of expected) expect(due).toBeLessThanOrEqual(this.model.now)
    expect(this.wheel.nextExpiry()).toBeGreaterThan(this.model.now)
    this.expired.push(...expected)
    return expected
  }

  check(): void {
    checkWheel(this.wheel)
    expect(armedTimers(this.wheel)).toEqual(this.model.armed)
    if (this.model.armed.length === 0) expect(this.wheel.nextExpiry()).toBe(Number.POSITIVE_INFINITY)
    else expect(this.wheel.nextExpiry()).toBeLessThanOrEqual(this.model.next)
  }
}
