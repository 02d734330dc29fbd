/** The kinds of errors of one entrypoint, with how often each has occurred and its last occurrence. */
import type { Millis } from '../../kernel/time.js'
import { kindOfError } from './equal-errors.js'
import type { ErrorFold, ErrorText } from './history-store.js'
import type { GrowingRunText } from './run-text.js'
import type { TextBudget, TextHolder } from './text-budget.js'

/** Kinds of one entrypoint. */
const MOST_KINDS = 10

interface Fold extends TextHolder {
  error: ErrorText
  /** The run that failed with it. Its error may be replaced by that of a later attempt. */
  run: GrowingRunText
  count: number
  readonly firstAt: Millis
  lastAt: Millis
}

export class ErrorFolds {
  readonly #budget: TextBudget
  readonly #onDropped: () => void
  /** In the order of their last occurrences. */
  readonly #folds = new Map<string, Fold>()

  /** @param onDropped is called for each kind that is dropped for a newer one. */
  constructor(budget: TextBudget, onDropped: () => void) {
    this.#budget = budget
    this.#onDropped = onDropped
  }

  /** A run that was due at a moment has failed with an error. */
  add(error: ErrorText, run: GrowingRunText, dueAt: Millis): void {
    const kind = kindOfError(error)
    const known = this.#folds.get(kind)
    this.#folds.delete(kind)
    const fold = known ?? { error, run, count: 0, firstAt: dueAt, lastAt: dueAt, letGo: () => this.#folds.delete(kind) }
    fold.error = error
    fold.run = run
    fold.count++
    fold.lastAt = dueAt
    this.#folds.set(kind, fold)
    this.#budget.hold(fold, run.bytes)
    const [oldest] = this.#folds
    if (this.#folds.size <= MOST_KINDS || !oldest) return
    this.#folds.delete(oldest[0])
    this.#budget.release(oldest[1])
    this.#onDropped()
  }

  /** The last one first. */
  list(): ErrorFold[] {
    return [...this.#folds.values()]
      .map(({ error, run, count, firstAt, lastAt }) => ({
        text: { error, lines: [...run.lines] },
        count,
        firstAt,
        lastAt,
      }))
      .reverse()
  }
}
