/** Keeps what is said about pauses, and says what of it is not kept. */
import type { PauseKept } from '../../kernel/pause.js'

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
