/**
 * Counts the runs of a method that failed in a row, and decides when to report them: at 5, 10, 20, 40 ... failures, and at the
 * first success after a report.
 *
 * Failures, time-outs and crashes that the method is charged with count. Runs that were aborted for another cause, and runs
 * that `when` declined, neither count nor end the streak.
 */
const FIRST_TOLD = 5

export class FailureStreak {
  #length = 0
  #tellAt = FIRST_TOLD

  /** Number of failures in a row. */
  get length(): number {
    return this.#length
  }

  /** Counts a failed run; true when the streak is to be reported. */
  failed(): boolean {
    this.#length++
    if (this.#length < this.#tellAt) return false
    this.#tellAt *= 2
    return true
  }

  /** Ends the streak. Returns its length if it had been reported, else 0. */
  succeeded(): number {
    const told = this.#tellAt > FIRST_TOLD ? this.#length : 0
    this.#length = 0
    this.#tellAt = FIRST_TOLD
    return told
  }
}
