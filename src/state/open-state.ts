/** The state of services, with the file that it is kept in where one is configured. */
import type { Clock } from '../kernel/clock.js'
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'
import { StateFile } from './state-file.js'
import { StateStore } from './state-store.js'

/** `escapement.state`. */
export interface StateSettings {
  /** Undefined: the state is kept in memory only. */
  readonly file?: string | undefined
  /** How much one service may store. */
  readonly maxBytes: number
}

export interface OpenState {
  answer(service: string, request: StateRequest): StateAnswer
  /** Writes what has not been written. */
  close(): Promise<void>
}

/** @throws ConfigError when the file cannot be used. */
export async function openState(
  { file, maxBytes }: StateSettings,
  clock: Clock,
  onTrouble: (error: Error) => void,
): Promise<OpenState> {
  const kept = file === undefined ? undefined : await StateFile.open({ path: file, clock, onTrouble })
  const store = new StateStore({
    maxBytes,
    ...(kept && { contents: kept.contents, onChange: (contents) => kept.save(contents) }),
  })
  return {
    answer: (service, request) => store.answer(service, request),
    close: async () => kept?.close(),
  }
}
