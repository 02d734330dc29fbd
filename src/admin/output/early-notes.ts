/**
 * Keeps notes about runs until the history is there, and passes them on from then on.
 *
 * Senders send again to a new admin thread what the last one had not taken, before this one has loaded its history.
 */
import type { ErrorNote, LineNote, RunNotes } from '../../kernel/output/run-notes.js'

const MOST_KEPT = 1_000

export class EarlyNotes implements RunNotes {
  readonly #onDropped: () => void
  #early: ((notes: RunNotes) => void)[] = []
  #notes: RunNotes | undefined

  /** @param onDropped is called for each note beyond the first {@link MOST_KEPT}. */
  constructor(onDropped: () => void) {
    this.#onDropped = onDropped
  }

  /** From now on `notes` gets them, first those that were kept. */
  passTo(notes: RunNotes): void {
    this.#notes = notes
    for (const tell of this.#early.splice(0)) tell(notes)
  }

  error(note: ErrorNote): void {
    this.#take((notes) => notes.error(note))
  }

  line(note: LineNote): void {
    this.#take((notes) => notes.line(note))
  }

  #take(tell: (notes: RunNotes) => void): void {
    if (this.#notes) tell(this.#notes)
    else if (this.#early.length < MOST_KEPT) this.#early.push(tell)
    else this.#onDropped()
  }
}
