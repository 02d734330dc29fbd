/** Keeps what is said about pauses, and says what of it is not kept. */
import type { Clock } from '../../kernel/clock.js'
import type { PauseKept } from '../../kernel/pause.js'
import type { PauseBook } from './pause-book.js'

/** What every keeper is given. */
export interface KeeperOptions {
  readonly book: PauseBook
  readonly clock: Clock
  /** Called at the first failure of a streak, with the entrypoints that are not saved. */
  readonly onFailure: (entrypoints: readonly string[], error: Error) => void
  /** Called with what is saved now and was not before; empty when only what others said may have changed. */
  readonly onSaved: (entrypoints: readonly string[]) => void
}

export interface PauseKeeper {
  readonly kept: PauseKept
  /** Something was said that is to be kept. */
  changed(): void
  /** Resolves when the pauses are known that were kept before; at the latest after some seconds. Never rejects. */
  loaded(): Promise<void>
  /** One sentence for each problem; for `/readyz`. */
  readonly problems: readonly string[]
  /** Tries once more to keep what is not kept, for at most two seconds, and stops. Never rejects. */
  close(): Promise<void>
}

/** Without a store and without a state file a pause ends with the process. */
export const IN_MEMORY: PauseKeeper = {
  kept: 'process',
  changed: () => {},
  loaded: async () => {},
  problems: [],
  close: async () => {},
}
