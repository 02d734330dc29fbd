/**
 * The books of one entrypoint: every tick that comes due is in exactly one place, at every instant.
 *
 *     due = skipped + runs + active + pending
 *
 * Each method is one move of ticks from one place to another; there is no other way to change a count. `due` is counted
 * on its own, where ticks arrive, so a tick that is dropped or counted twice on its way shows up in {@link imbalance}.
 */
import type { LedgerCounts } from '../kernel/view.js'
import { OUTCOMES, type Outcome, SKIP_REASONS, type SkipReason } from '../kernel/vocabulary.js'

export class Ledger {
  #due = 0
  #active = 0
  #pending = 0
  readonly #skipped = Object.fromEntries(SKIP_REASONS.map((reason) => [reason, 0])) as Record<SkipReason, number>
  readonly #runs = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>

  /** `count` ticks have come due. Each must be moved on, by one of the other methods, before control is given away. */
  arrive(count = 1): void {
    this.#due += count
  }

  /** Arrived ticks that will not run. */
  skip(reason: SkipReason, count = 1): void {
    this.#skipped[reason] += count
  }

  /** An arrived tick that has to wait for its turn. */
  wait(): void {
    this.#pending++
  }

  /** A waiting tick that will not run after all. */
  drop(reason: SkipReason): void {
    this.#pending--
    this.#skipped[reason]++
  }

  /** An arrived tick that is handed to a thread. */
  dispatch(): void {
    this.#active++
  }

  /** A waiting tick whose turn has come. */
  dispatchPending(): void {
    this.#pending--
    this.#active++
  }

  /** A handed tick whose run has ended. */
  end(outcome: Outcome): void {
    this.#active--
    this.#runs[outcome]++
  }

  /** A handed tick whose method was never called. */
  withdraw(reason: SkipReason): void {
    this.#active--
    this.#skipped[reason]++
  }

  /** How many ticks have come due. */
  get due(): number {
    return this.#due
  }

  get active(): number {
    return this.#active
  }

  get pending(): number {
    return this.#pending
  }

  /** How many ticks are unaccounted for (or, negative, counted too often). 0 unless the engine has a bug. */
  get imbalance(): number {
    let placed = this.#active + this.#pending
    for (const reason of SKIP_REASONS) placed += this.#skipped[reason]
    for (const outcome of OUTCOMES) placed += this.#runs[outcome]
    return this.#due - placed
  }

  counts(): LedgerCounts {
    return {
      due: this.#due,
      skipped: { ...this.#skipped },
      runs: { ...this.#runs },
      active: this.#active,
      pending: this.#pending,
    }
  }
}
