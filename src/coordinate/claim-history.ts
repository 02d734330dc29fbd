/**
 * Which slots this instance has asked for: when the wall clock is set back, due moments come again under the same names,
 * and this instance's own claims would let it run them twice.
 *
 * A tick with a greater number than all before it is later than all before it, or its slot is a repetition. That is known
 * without remembering single slots; those of the last thousand are remembered all the same, for ticks that are made up for out of order.
 */
import type { Millis } from '../kernel/time.js'

interface Asked {
  latest: { sequence: number; dueWall: Millis }
  /** Due moments, in the order in which they were first asked for, with the numbers of their ticks. */
  readonly recent: Map<Millis, number>
}

const RECENT = 1_000

export class ClaimHistory {
  readonly #asked = new Map<string, Asked>()

  /** The slot was asked for by another tick than this one. The same tick may ask again. */
  isRepeated(entrypoint: string, dueWall: Millis, sequence: number): boolean {
    const asked = this.#asked.get(entrypoint)
    if (!asked) {
      this.#asked.set(entrypoint, { latest: { sequence, dueWall }, recent: new Map([[dueWall, sequence]]) })
      return false
    }
    const { latest, recent } = asked
    const known = recent.get(dueWall)
    if (known !== undefined) return known !== sequence
    if (sequence > latest.sequence) {
      if (dueWall <= latest.dueWall) return true
      asked.latest = { sequence, dueWall }
    }
    recent.set(dueWall, sequence)
    if (recent.size > RECENT) recent.delete(recent.keys().next().value!)
    return false
  }
}
