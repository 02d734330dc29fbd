/**
 * Stores the state of services on the main thread, so that it outlives their threads.
 *
 * Values are bytes here: only the threads serialize and deserialize them, so no user code runs on the main thread. Requests
 * are answered synchronously, one after the other, so nothing can happen between the check of a condition (`ifVersion`) and
 * the write: when several threads change a key at the same time, exactly one succeeds and the others receive its new value.
 */
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'

/** Service -> key -> value. */
export type StateContents = ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>

export interface StateStoreOptions {
  /** How many bytes the keys (in UTF-8) and values of one service may take. */
  readonly maxBytes: number
  /** Initial contents. They are kept even if they exceed `maxBytes`; then a value can only be replaced by a smaller one. */
  readonly contents?: StateContents
  /** Called after every change; `contents` returns the contents at the time of the call. */
  readonly onChange?: (contents: () => StateContents) => void
}

interface Entry {
  readonly value: Uint8Array
  readonly version: number
}

interface ServiceState {
  readonly entries: Map<string, Entry>
  bytes: number
}

export class StateStore {
  readonly #options: StateStoreOptions
  readonly #services = new Map<string, ServiceState>()
  /** One counter for all keys, so that a key that was deleted and set again never repeats a version. */
  #lastVersion = 0

  constructor(options: StateStoreOptions) {
    this.#options = options
    for (const [service, values] of options.contents ?? []) {
      const state = this.#stateOf(service)
      for (const [key, value] of values) this.#put(state, key, value)
    }
  }

  answer(service: string, request: StateRequest): StateAnswer {
    const state = this.#stateOf(service)
    if (request.op === 'keys') return { kind: 'keys', keys: [...state.entries.keys()] }
    // In memory there is nothing to wait for; open-state.ts answers for the file.
    if (request.op === 'flush') return { kind: 'flushed', isSaved: true }
    const entry = state.entries.get(request.key)
    const { value, version } = entry ?? ABSENT
    if (request.op === 'get') return { kind: 'value', value, version }
    if (request.ifVersion !== undefined && request.ifVersion !== version) return { kind: 'changed', value, version }
    return this.#set(state, request.key, request.value)
  }

  /** The current contents. The maps are copies; the values are shared but never change. */
  readonly contents = (): StateContents => {
    const filled = [...this.#services].filter(([, { entries }]) => entries.size > 0)
    return new Map(
      filled.map(([service, { entries }]) => [
        service,
        new Map(Array.from(entries, ([key, { value }]) => [key, value] as const)),
      ]),
    )
  }

  #set(state: ServiceState, key: string, value: Uint8Array | undefined): StateAnswer {
    const existed = state.entries.has(key)
    const before = this.#sizeIn(state, key)
    if (value) {
      const size = sizeOf(key, value)
      const used = state.bytes - before
      const limit = this.#options.maxBytes
      if (used + size > limit && size > before) return { kind: 'too_large', size, used, limit }
      this.#put(state, key, value)
    } else {
      state.bytes -= before
      state.entries.delete(key)
    }
    if (value || existed) this.#options.onChange?.(this.contents)
    return { kind: 'stored', version: value ? this.#lastVersion : ABSENT.version, existed }
  }

  #put(state: ServiceState, key: string, value: Uint8Array): void {
    state.bytes += sizeOf(key, value) - this.#sizeIn(state, key)
    state.entries.set(key, { value, version: ++this.#lastVersion })
  }

  #sizeIn(state: ServiceState, key: string): number {
    const entry = state.entries.get(key)
    return entry ? sizeOf(key, entry.value) : 0
  }

  #stateOf(service: string): ServiceState {
    let state = this.#services.get(service)
    if (!state) {
      state = { entries: new Map(), bytes: 0 }
      this.#services.set(service, state)
    }
    return state
  }
}

const ABSENT = { value: undefined, version: 0 }

function sizeOf(key: string, value: Uint8Array): number {
  return Buffer.byteLength(key) + value.byteLength
}
