/**
 * The geometry of the timing wheel: which tick an instant belongs to, and which slot of which ring a tick.
 *
 * Everything follows from two inputs, the tick and the slots of each ring.
 */
import type { Micros } from '../kernel/time.js'
import { SUMMARY_SPAN } from './occupancy.js'

/** 1/16 ms: every whole millisecond is a whole number of ticks. */
const TICK: Micros = 62.5

/** Slots of each ring, finest first; powers of two. */
const SLOTS = [4096, 1024, 1024]
const TINY_SLOTS = [8, 4, 4]
/** One more ring takes what those do not reach: in four slots, for the units now, next, the one after, and none. */
const FAR_SLOTS = 4

/**
 * 142 years: as long as `instant / TICK` is not rounded across a whole number. A whole microsecond that is not a
 * multiple of the tick is at least 1/125 of a tick away from one, and up to here the quotient is off by at most 1/128.
 * A product with 1 / TICK would be off by more.
 */
const LATEST: Micros = 2 ** 52

export function isInstant(value: Micros): boolean {
  return Number.isSafeInteger(value) && value <= LATEST
}

/** The first tick at or after an instant: where a timer waits, so that it is never early. */
export function tickAfter(instant: Micros): number {
  return Math.ceil(instant / TICK)
}

/** The last tick at or before an instant: what is over by then. */
export function tickBefore(instant: Micros): number {
  return Math.floor(instant / TICK)
}

/** The first instant at which a tick is over. */
export function instantOf(tick: number): Micros {
  return Math.ceil(tick * TICK)
}

/** Slots of one width, used round and round. Unit `u` is the ticks from `u * width` to `(u + 1) * width - 1`. */
export class Ring {
  /** Its first slot among those of all rings. */
  readonly base: number
  readonly slots: number
  /** Ticks of a slot. */
  readonly width: number
  readonly #mask: number
  /** Exact, because the width is a power of two. */
  readonly #unitsPerTick: number

  constructor(base: number, slots: number, width: number) {
    this.base = base
    this.slots = slots
    this.width = width
    this.#mask = slots - 1
    this.#unitsPerTick = 1 / width
  }

  unit(tick: number): number {
    return Math.floor(tick * this.#unitsPerTick)
  }

  /** `&` takes the low 32 bits of a number of any size, so no unit is too large. */
  slot(unit: number): number {
    return this.base + (unit & this.#mask)
  }

  /** How many units after the one in `from` the next one in `slot` is. */
  distance(from: number, slot: number): number {
    return (slot - from) & this.#mask
  }
}

/** The rings, finest first, each slot half as wide as the finer ring reaches; no two share a summary word. */
export function layRings(tiny: boolean): Ring[] {
  let base = 0
  let width = 1
  return [...(tiny ? TINY_SLOTS : SLOTS), FAR_SLOTS].map((slots) => {
    const ring = new Ring(base, slots, width)
    base += Math.ceil(slots / SUMMARY_SPAN) * SUMMARY_SPAN
    width *= slots / 2
    return ring
  })
}
