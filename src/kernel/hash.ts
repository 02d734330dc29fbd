/**
 * A hash of a name and a number that is the same in every process.
 *
 * The name is hashed by 32-bit FNV-1a (Fowler, Noll, Vo). The number is mixed in by the finaliser of MurmurHash3
 * (Appleby), so that the hashes of neighbouring numbers differ as much as those of distant ones.
 */

/** Evenly distributed over the unsigned 32-bit integers. */
export function hashOf(text: string, number: number): number {
  const low = number >>> 0
  const high = Math.floor(number / 2 ** 32) >>> 0
  return mix(mix(fnv1a(text) ^ low) ^ high) >>> 0
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
