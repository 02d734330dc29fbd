/** The key-value on a Redis server. redis-value-scripts.ts says what it stores. */
import type { RecordProblems } from '../stores/record-problems.js'
import { requireCondition, requireKey, requireValue, spaceOf } from './bounds.js'
import { byKey } from './by-key.js'
import type { DeleteAnswer, KeyValueStore, PutAnswer, StoredValue, WriteCondition, WriteRefusal } from './key-value.js'
import type { ValueCommands } from './redis-value-scripts.js'

export interface RedisKeyValueOptions {
  readonly namespace: string
  readonly records: RecordProblems
  readonly request: <Answer>(signal: AbortSignal, send: (redis: ValueCommands) => Promise<Answer>) => Promise<Answer>
}

export class RedisKeyValue implements KeyValueStore {
  readonly #options: RedisKeyValueOptions

  constructor(options: RedisKeyValueOptions) {
    this.#options = options
  }

  async get(key: string, signal: AbortSignal): Promise<StoredValue | undefined> {
    requireKey(key)
    const values = this.#valuesKey(key)
    const [kind, record] = await this.#options.request(signal, (redis) => redis.escapementGetValue(values, key))
    this.#note(values, kind === 'foreign' ? ANOTHER_TYPE : undefined)
    return this.#read(values, key, record)
  }

  async list(prefix: string, signal: AbortSignal): Promise<readonly StoredValue[]> {
    const values = this.#valuesKey(prefix)
    const [kind, records] = await this.#options.request(signal, (redis) => redis.escapementListValues(values, prefix))
    this.#note(values, kind === 'foreign' ? ANOTHER_TYPE : undefined)
    const found: StoredValue[] = []
    for (let at = 0; at < records.length; at += 2) {
      const value = this.#read(values, records[at]!, records[at + 1]!)
      if (value) found.push(value)
    }
    return found.sort(byKey)
  }

  async put(key: string, value: string, condition: WriteCondition, signal: AbortSignal): Promise<PutAnswer> {
    requireKey(key)
    requireValue(value)
    requireCondition(condition)
    const values = this.#valuesKey(key)
    const [ifVersion, fence] = texts(condition)
    const [kind, answer] = await this.#options.request(signal, (redis) =>
      redis.escapementPutValue(values, this.#versionKey(key), key, ifVersion, fence, value),
    )
    if (kind !== 'stored') return this.#refused(kind, values, key, answer)
    this.#note(`${values} ${key}`, undefined)
    return { kind, version: answer }
  }

  async delete(key: string, condition: WriteCondition, signal: AbortSignal): Promise<DeleteAnswer> {
    requireKey(key)
    requireCondition(condition)
    const values = this.#valuesKey(key)
    const [ifVersion, fence] = texts(condition)
    const [kind, answer] = await this.#options.request(signal, (redis) =>
      redis.escapementDeleteValue(values, key, ifVersion, fence),
    )
    return kind === 'deleted' ? { kind } : this.#refused(kind, values, key, answer)
  }

  #refused(kind: WriteRefusal['kind'], values: string, key: string, record: string): WriteRefusal {
    const found = this.#read(values, key, record)
    return kind === 'fenced' ? { kind, found: found! } : { kind, found }
  }

  /** A record that cannot be read counts as absent. */
  #read(values: string, key: string, record: string): StoredValue | undefined {
    if (record === '') return undefined
    const [, version, fence, value] = /^(\d+) (\d+) (.*)$/s.exec(record) ?? []
    const isOurs = version !== undefined
    this.#note(`${values} ${key}`, isOurs ? undefined : 'is no value: it is ignored, and replaced by the next write')
    return isOurs ? { key, value: value!, version, fence: BigInt(fence!) } : undefined
  }

  #note(key: string, problem: string | undefined): void {
    if (problem === undefined) this.#options.records.clear(key)
    else this.#options.records.report(key, problem)
  }

  #valuesKey(key: string): string {
    return `${this.#options.namespace}:{${spaceOf(key)}}:values`
  }

  #versionKey(key: string): string {
    return `${this.#options.namespace}:{${spaceOf(key)}}:version`
  }
}

const ANOTHER_TYPE = 'holds a value of another type: it is ignored, and replaced by the next write'

function texts({ ifVersion = '', fence = 0n }: WriteCondition): readonly [ifVersion: string, fence: string] {
  return [ifVersion, String(fence)]
}
