/** Pauses between the book and the state file. */
import type { SavedPause } from '../../state/saved-pause.js'
import type { PauseBook } from './pause-book.js'

/** What the file is to hold: pauses, and ends of pauses that the store does not know yet. */
export function toSave(book: PauseBook, isDeployment: boolean): readonly SavedPause[] {
  return book
    .list()
    .filter(([, { record, isSaved }]) => record.isPaused || (isDeployment && !isSaved))
    .map(([entrypoint, { record, isSaved }]) => ({ entrypoint, ...record, isStored: isDeployment && isSaved }))
}

/**
 * Takes the pauses of the file over. With a coordination store, those that it has not had are still to be stored: they were said while it
 * did not answer, or before the deployment had a store.
 */
export function takeSaved(book: PauseBook, saved: readonly SavedPause[], isDeployment: boolean): void {
  for (const { entrypoint, isStored, ...record } of saved) {
    if (isDeployment && !isStored) book.say(entrypoint, record)
    else if (record.isPaused) book.adopt(entrypoint, record)
  }
}
