/** The key-value of a deployment of one process: in its memory. */
import { requireCondition, requireKey, requireValue, spaceOf } from './bounds.js'
import { byKey } from './by-key.js'
import { fenceAfter, refusalOf } from './judge-write.js'
import type { DeleteAnswer, KeyValueStore, PutAnswer, StoredValue, WriteCondition } from './key-value.js'

/** The records that stores of one namespace share. */
export interface LocalValues {
  readonly records: Map<string, StoredValue>
  lastVersion: number
}

export class LocalKeyValue implements KeyValueStore {
  readonly #values: LocalValues

  constructor(values: LocalValues) {
    this.#values = values
  }

  async get(key: string, signal: AbortSignal): Promise<StoredValue | undefined> {
    requireKey(key)
    signal.throwIfAborted()
    return this.#values.records.get(key)
  }

  async list(prefix: string, signal: AbortSignal): Promise<readonly StoredValue[]> {
    spaceOf(prefix)
    signal.throwIfAborted()
    return [...this.#values.records.values()].filter(({ key }) => key.startsWith(prefix)).sort(byKey)
  }

  async put(key: string, value: string, condition: WriteCondition, signal: AbortSignal): Promise<PutAnswer> {
    requireKey(key)
    requireValue(value)
    requireCondition(condition)
    signal.throwIfAborted()
    const found = this.#values.records.get(key)
    const refusal = refusalOf(condition, found)
    if (refusal) return refusal
    const version = String(++this.#values.lastVersion)
    this.#values.records.set(key, { key, value, version, fence: fenceAfter(condition, found) })
    return { kind: 'stored', version }
  }

  async delete(key: string, condition: WriteCondition, signal: AbortSignal): Promise<DeleteAnswer> {
    requireKey(key)
    requireCondition(condition)
    signal.throwIfAborted()
    const refusal = refusalOf(condition, this.#values.records.get(key))
    if (refusal) return refusal
    this.#values.records.delete(key)
    return { kind: 'deleted' }
  }
}
