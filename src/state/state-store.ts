/**
 * What services keep beyond the life of their threads, on the main thread.
 *
 * Values are bytes here: they are made and read by the threads, so a service's classes and mistakes stay with it. Every
 * request is answered in one go, so a condition (`ifVersion`) cannot be overtaken: of several threads that change a key
 * at the same time exactly one succeeds, the others are told what it is now.
 */
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'

/** Service -> key -> value. */
export type StateContents = ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>

export interface StateStoreOptions {
  /** How many bytes the keys (in UTF-8) and values of one service may take. */
  readonly maxBytes: number
  /** What is there from the beginning. It stays when it is more than `maxBytes`; what is set then must be smaller. */
  readonly contents?: StateContents
  /** Called after every change; `contents` tells what there is whenever it is called. */
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
  /** One count for all keys: a key that is deleted and comes back never has a version again that it had before. */
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
    const entry = state.entries.get(request.key)
    const { value, version } = entry ?? ABSENT
    if (request.op === 'get') return { kind: 'value', value, version }
    if (request.ifVersion !== undefined && request.ifVersion !== version) return { kind: 'changed', value, version }
    return this.#set(state, request.key, request.value)
  }

  /** What there is now; the maps are copies, the values are not, and never change. */
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
