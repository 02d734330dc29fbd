/**
 * The runs of tickets that were handed to a thread which had other runs. Each is given up when it has not begun in time, because a run
 * before it takes longer than was expected.
 *
 * One timer serves all runs, because nearly all of them end before it fires.
 */
import type { Clock } from '../../kernel/clock.js'
import { SmallSet } from '../../kernel/small-set.js'
import type { Micros } from '../../kernel/time.js'
import type { Run } from '../lane.js'

export interface HandedBehindOptions {
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** How long a run may wait on its thread. */
  readonly patience: Micros
  /** Called with a run that has waited for so long. It may begin at the same moment. */
  readonly onLate: (run: Run) => void
}

export class HandedBehind {
  readonly #options: HandedBehindOptions
  readonly #runs = new SmallSet<Run>()
  #isLookSet = false

  constructor(options: HandedBehindOptions) {
    this.#options = options
  }

  /** Call it in the turn in which the run was handed over. */
  add(run: Run): void {
    this.#runs.add(run)
    this.#lookIn(this.#options.patience)
  }

  /** Call it when a run has ended. */
  delete(run: Run): void {
    this.#runs.delete(run)
  }

  #lookIn(span: Micros): void {
    if (this.#isLookSet) return
    this.#isLookSet = true
    this.#options.clock.after(span, () => {
      this.#isLookSet = false
      this.#look()
    })
  }

  #look(): void {
    const { clock, patience, onLate } = this.#options
    const now = clock.now()
    let soonest = Number.POSITIVE_INFINITY
    const late: Run[] = []
    for (const run of [...this.#runs]) {
      const rest = run.since + patience - now
      if (rest > 0 && !run.hasStarted) {
        soonest = Math.min(soonest, rest)
        continue
      }
      this.#runs.delete(run)
      if (!run.hasStarted) late.push(run)
    }
    // First: onLate may lead to the hand-over of other runs, and only the first look that is asked for is set.
    if (soonest < Number.POSITIVE_INFINITY) this.#lookIn(soonest)
    for (const run of late) onLate(run)
  }
}
