/** Opens the state of services, and the state file if one is configured, which keeps pauses too. */
import type { Clock } from '../kernel/clock.js'
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'
import type { SavedPause } from './saved-pause.js'
import { StateFile } from './state-file.js'
import { StateStore } from './state-store.js'

/** The settings `escapement.state`. */
export interface StateSettings {
  /** Path of the state file. Undefined: the state is kept in memory only. */
  readonly file?: string | undefined
  /** How many bytes one service may store. */
  readonly maxBytes: number
}

/** Where the state file keeps pauses. */
export interface PauseFile {
  readonly pauses: readonly SavedPause[]
  /** Replaces all pauses of the file; it is written a second later, or at the next {@link flush}. */
  savePauses(pauses: readonly SavedPause[]): void
  /** Writes now. Resolves to whether the file holds everything; if not, the write is tried again later. Never rejects. */
  flush(): Promise<boolean>
}

export interface OpenState {
  /** Undefined: there is no state file. */
  readonly pauses: PauseFile | undefined

  answer(service: string, request: StateRequest): StateAnswer | Promise<StateAnswer>
  /** Writes the changes that are not yet in the file. Resolves to whether that succeeded. */
  close(): Promise<boolean>
}

/** @throws ConfigError when the file cannot be used. */
export async function openState(
  { file, maxBytes }: StateSettings,
  clock: Clock,
  onError: (error: Error) => void,
): Promise<OpenState> {
  const stateFile = file === undefined ? undefined : await StateFile.open({ path: file, clock, onError })
  const store = new StateStore({
    maxBytes,
    ...(stateFile && { contents: stateFile.contents, onChange: (contents) => stateFile.save(contents) }),
  })
  return {
    pauses: stateFile,
    answer(service, request) {
      if (request.op !== 'flush' || !stateFile) return store.answer(service, request)
      return stateFile.flush().then((isSaved) => ({ kind: 'flushed', isSaved }))
    },
    close: async () => stateFile?.close() ?? true,
  }
}
