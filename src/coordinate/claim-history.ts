/**
 * Records which due moments this instance has claimed. When the wall clock is set back, the same due moments occur again
 * under the same names, and this instance's own earlier claims would let it run them a second time.
 *
 * Tick numbers only grow. So a tick with a new highest number is a repetition unless its due moment is later than that of
 * the previous highest number; to know this takes no memory of single ticks. The last thousand are remembered as well,
 * because missed ticks are made up for out of order.
 */
import type { Millis } from '../kernel/time.js'

interface ClaimedTicks {
  /** The tick with the highest number. */
  latest: { sequence: number; dueWall: Millis }
  /** Due moment -> tick number, in the order of the first claim. */
  readonly recent: Map<Millis, number>
}

const MAX_RECENT = 1_000

export class ClaimHistory {
  readonly #byEntrypoint = new Map<string, ClaimedTicks>()

  /** Whether another tick has claimed this due moment before. The same tick may claim it again. */
  isRepeated(entrypoint: string, dueWall: Millis, sequence: number): boolean {
    const claimed = this.#byEntrypoint.get(entrypoint)
    if (!claimed) {
      this.#byEntrypoint.set(entrypoint, { latest: { sequence, dueWall }, recent: new Map([[dueWall, sequence]]) })
      return false
    }
    const { latest, recent } = claimed
    const known = recent.get(dueWall)
    if (known !== undefined) return known !== sequence
    if (sequence > latest.sequence) {
      if (dueWall <= latest.dueWall) return true
      claimed.latest = { sequence, dueWall }
    }
    recent.set(dueWall, sequence)
    if (recent.size > MAX_RECENT) recent.delete(recent.keys().next().value!)
    return false
  }
}
