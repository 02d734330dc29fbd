/**
 * Jitter that can be computed again: a tick of an entrypoint is delayed by the same offset in every process and after
 * every restart. So nothing has to be stored, and the due moment of a late tick is known.
 *
 * The name is hashed by 32-bit FNV-1a (Fowler, Noll, Vo). The number of the tick is mixed in by the finaliser of
 * MurmurHash3 (Appleby), so that the offsets of neighbouring ticks differ as much as those of distant ones.
 */
import type { Micros } from '../kernel/time.js'

/**
 * By how much a tick is delayed: at least 0, less than `jitter`, and less than `period`, so that it stays before the next
 * due moment. Whole microseconds, evenly spread (above 71 minutes in steps of several microseconds).
 *
 * @param tick the sequence number; for a timer that processes share, the due moment on the wall clock, because each
 * process numbers its ticks from its own start.
 */
export function jitterOffset(entrypoint: string, tick: number, jitter: Micros, period: Micros): Micros {
  const span = Math.min(jitter, period)
  return Math.floor((hashOf(entrypoint, tick) / 2 ** 32) * span)
}

/** Evenly distributed over the unsigned 32-bit integers. */
function hashOf(entrypoint: string, tick: number): number {
  const low = tick >>> 0
  const high = Math.floor(tick / 2 ** 32) >>> 0
  return mix(mix(fnv1a(entrypoint) ^ low) ^ high) >>> 0
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash
}

function mix(hash: number): number {
  let mixed = hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
