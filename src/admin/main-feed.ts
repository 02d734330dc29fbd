/**
 * What the main thread tells of itself without being asked: who it is, what has changed lately, what is paused.
 *
 * A new admin thread is given everything at once ({@link MainFeed.begin}), and after that what is new.
 */
import type { PauseView } from '../kernel/pause.js'
import type { Serving } from '../observe/admin-protocol.js'
import type { Change } from '../observe/changes/change.js'

/** As many as the main thread keeps. */
const MOST_CHANGES = 200

export class MainFeed {
  #changes: readonly Change[] = []
  #pauses: readonly PauseView[] = []
  readonly #onChange = new Set<(change: Change) => void>()
  readonly #onPauses = new Set<(pauses: readonly PauseView[]) => void>()

  /** The last ones, oldest first. */
  get changes(): readonly Change[] {
    return this.#changes
  }

  get pauses(): readonly PauseView[] {
    return this.#pauses
  }

  /** Takes everything that is known now, in place of what was known before. */
  begin({ changes, pauses }: Pick<Serving, 'changes' | 'pauses'>): void {
    this.#changes = changes
    this.paused(pauses)
  }

  changed(change: Change): void {
    this.#changes = [...this.#changes, change].slice(-MOST_CHANGES)
    for (const tell of this.#onChange) tell(change)
  }

  paused(pauses: readonly PauseView[]): void {
    this.#pauses = pauses
    for (const tell of this.#onPauses) tell(pauses)
  }

  /** Calls back for each change from now on. The result ends that. */
  onChange(tell: (change: Change) => void): () => void {
    this.#onChange.add(tell)
    return () => void this.#onChange.delete(tell)
  }

  /** Calls back with all pauses whenever they are told. The result ends that. */
  onPauses(tell: (pauses: readonly PauseView[]) => void): () => void {
    this.#onPauses.add(tell)
    return () => void this.#onPauses.delete(tell)
  }
}
