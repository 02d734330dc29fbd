/**
 * Which thread of a pool gets the next run or call: the one rule, for ticks and calls alike.
 *
 * Of the slots whose thread is up: an idle one before a busy one, then the one with the fewest runs and calls, then the first.
 */
import type { Micros } from '../kernel/time.js'

/** What the rule looks at. */
export interface PlaceableSlot {
  /** Its thread has started its services and takes work. */
  readonly isUp: boolean
  /** Runs and calls that its thread has been handed and has not finished. */
  readonly load: number
  /** A run handed over at `now` would be the next thing its thread does, or would wait in the gate. */
  isIdle(now: Micros): boolean
}

/** The slot for what is handed over at `now`; undefined when no thread is up. */
export function chooseSlot<Slot extends PlaceableSlot>(slots: readonly Slot[], now: Micros): Slot | undefined {
  let best: Slot | undefined
  let isBestIdle = false
  for (const slot of slots) {
    if (!slot.isUp) continue
    const isIdle = slot.isIdle(now)
    const isBetter = !best || (isIdle === isBestIdle ? slot.load < best.load : isIdle)
    if (!isBetter) continue
    best = slot
    isBestIdle = isIdle
  }
  return best
}
