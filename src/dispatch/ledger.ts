/**
 * The tick counts of one timer: at every instant, each tick that has come due is counted in exactly one place.
 *
 *     due = skipped + runs + active + pending
 *
 * Each method moves ticks from one place to another; nothing else changes a count. `due` is counted separately, where ticks
 * arrive, so {@link imbalance} shows a tick that was lost or counted twice.
 */
import type { LedgerCounts } from '../kernel/view.js'
import { OUTCOMES, type Outcome, SKIP_REASONS, type SkipReason } from '../kernel/vocabulary.js'

export class Ledger {
  #due = 0
  #active = 0
  #pending = 0
  readonly #skipped = Object.fromEntries(SKIP_REASONS.map((reason) => [reason, 0])) as Record<SkipReason, number>
  readonly #runs = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>

  /** `count` ticks have come due. The caller must move each on, with another method, before it returns. */
  arrive(count = 1): void {
    this.#due += count
  }

  /** Arrived ticks are skipped. */
  skip(reason: SkipReason, count = 1): void {
    this.#skipped[reason] += count
  }

  /** An arrived tick begins to wait. */
  wait(): void {
    this.#pending++
  }

  /** A waiting tick is skipped. */
  drop(reason: SkipReason): void {
    this.#pending--
    this.#skipped[reason]++
  }

  /** An arrived tick is handed to a thread. */
  dispatch(): void {
    this.#active++
  }

  /** A waiting tick is handed to a thread. */
  dispatchPending(): void {
    this.#pending--
    this.#active++
  }

  /** The run of a dispatched tick has ended. */
  end(outcome: Outcome): void {
    this.#active--
    this.#runs[outcome]++
  }

  /** A dispatched tick is skipped because its method was not called. */
  withdraw(reason: SkipReason): void {
    this.#active--
    this.#skipped[reason]++
  }

  /** Number of ticks that have come due. */
  get due(): number {
    return this.#due
  }

  get active(): number {
    return this.#active
  }

  get pending(): number {
    return this.#pending
  }

  /** Number of lost ticks, or, negative, of ticks that were counted twice. 0 unless the engine has a bug. */
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
