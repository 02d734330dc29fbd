/** Opens the state of services, and the state file if one is configured. */
import type { Clock } from '../kernel/clock.js'
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'
import { StateFile } from './state-file.js'
import { StateStore } from './state-store.js'

/** The settings `escapement.state`. */
export interface StateSettings {
  /** Path of the state file. Undefined: the state is kept in memory only. */
  readonly file?: string | undefined
  /** How many bytes one service may store. */
  readonly maxBytes: number
}

export interface OpenState {
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
    answer(service, request) {
      if (request.op !== 'flush' || !stateFile) return store.answer(service, request)
      return stateFile.flush().then((isSaved) => ({ kind: 'flushed', isSaved }))
    },
    close: async () => stateFile?.close() ?? true,
  }
}
