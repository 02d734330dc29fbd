/**
 * Runs of a method that failed in a row, and when that is worth telling: at 5, 10, 20, 40 ... of them, and at the first
 * success after that.
 *
 * Failures, time-outs and crashes that the method is charged with count. Runs that were told to stop for another cause,
 * and those that `when` declined, neither count nor end the row.
 */
const FIRST_TOLD = 5

export class FailureStreak {
  #length = 0
  #tellAt = FIRST_TOLD

  /** Failures in a row until now. */
  get length(): number {
    return this.#length
  }

  /** A run failed; true when the row has become long enough to be told of. */
  failed(): boolean {
    this.#length++
    if (this.#length < this.#tellAt) return false
    this.#tellAt *= 2
    return true
  }

  /** A run completed; says how long a row has ended if that had been told of, else 0. */
  succeeded(): number {
    const told = this.#tellAt > FIRST_TOLD ? this.#length : 0
    this.#length = 0
    this.#tellAt = FIRST_TOLD
    return told
  }
}
