import { sequenceAt } from './row.js'

/** How often a row is tried to be copied while a writer changes it. */
const TRIES = 100

/**
 * Copies a row that another thread may be changing. False: it was never found between two changes, and what was copied means
 * nothing.
 *
 * The second look at the sequence word is an addition of 0: unlike a plain read it cannot be moved before the reads of the copy.
 *
 * @param words and sequence: two views of the memory, in which the row begins at word `at`.
 */
export function copyRow(
  words: Float64Array,
  sequence: Int32Array,
  at: number,
  length: number,
  into: Float64Array,
  intoAt: number,
): boolean {
  const lookAt = sequenceAt(at)
  for (let tries = 0; tries < TRIES; tries++) {
    const before = Atomics.load(sequence, lookAt)
    if ((before & 1) === 1) continue
    // Word 0 is the sequence word.
    for (let word = 1; word < length; word++) into[intoAt + word] = words[at + word]!
    if (Atomics.add(sequence, lookAt, 0) === before) return true
  }
  return false
}
