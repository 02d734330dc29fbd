/**
 * Spread that can be told in advance: the same tick of the same entrypoint is moved by the same offset in every process
 * and after every restart, so a late tick can be recognised and nothing has to be remembered.
 *
 * The name goes through 32-bit FNV-1a (Fowler, Noll, Vo); the number is mixed in with the finaliser of MurmurHash3
 * (Appleby), which makes neighbouring ticks as different as distant ones.
 */
import type { Micros } from '../kernel/time.js'

/**
 * By how much a tick is put off: at least 0, less than `jitter`, and less than `period`, so it stays before the next
 * due moment. Whole microseconds, evenly spread (in steps of a few beyond 71 minutes).
 *
 * @param tick the sequence number; among processes, which number their ticks each from its own start, the due moment on
 * the wall clock.
 */
export function jitterOffset(entrypoint: string, tick: number, jitter: Micros, period: Micros): Micros {
  const span = Math.min(jitter, period)
  return Math.floor((hashOf(entrypoint, tick) / 2 ** 32) * span)
}

/** Evenly spread over the unsigned 32-bit integers. */
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
