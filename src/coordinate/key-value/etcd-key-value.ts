/**
 * The key-value on an etcd cluster.
 *
 *     escapement/value/pause/svc.report    '17 {...}'   fence and value, kept until it is deleted
 *
 * The version of a record is the revision of the cluster at which it was written. A write is a comparison of that revision: when
 * another write came between, the record is read and judged anew.
 */
import type { EtcdGateway } from '../stores/etcd-gateway.js'
import {
  decode,
  isModifiedAt,
  type KeyValue,
  put,
  read,
  readAll,
  remove,
  transact,
} from '../stores/etcd-transaction.js'
import type { RecordProblems } from '../stores/record-problems.js'
import { HIGHEST_FENCE, requireCondition, requireKey, requireValue, spaceOf } from './bounds.js'
import { byKey } from './by-key.js'
import { fenceAfter, refusalOf } from './judge-write.js'
import {
  type DeleteAnswer,
  type KeyValueStore,
  NO_VERSION,
  type PutAnswer,
  type StoredValue,
  type WriteCondition,
} from './key-value.js'

export interface EtcdKeyValueOptions {
  readonly namespace: string
  readonly gateway: EtcdGateway
  readonly records: RecordProblems
}

/** What is stored under a key, and its revision, also when it cannot be read. */
interface Found {
  readonly value: StoredValue | undefined
  readonly revision: string
}

export class EtcdKeyValue implements KeyValueStore {
  readonly #prefix: string
  readonly #gateway: EtcdGateway
  readonly #records: RecordProblems

  constructor({ namespace, gateway, records }: EtcdKeyValueOptions) {
    this.#prefix = `${namespace}/value/`
    this.#gateway = gateway
    this.#records = records
  }

  async get(key: string, signal: AbortSignal): Promise<StoredValue | undefined> {
    requireKey(key)
    return (await this.#find(key, signal)).value
  }

  async list(prefix: string, signal: AbortSignal): Promise<readonly StoredValue[]> {
    spaceOf(prefix)
    const { found } = await this.#transact([], [readAll(this.#prefix + prefix)], signal)
    return found.flatMap((record) => this.#read(record) ?? []).sort(byKey)
  }

  async put(key: string, value: string, condition: WriteCondition, signal: AbortSignal): Promise<PutAnswer> {
    requireKey(key)
    requireValue(value)
    requireCondition(condition)
    for (;;) {
      const { value: found, revision } = await this.#find(key, signal)
      const refusal = refusalOf(condition, found)
      if (refusal) return refusal
      const written = put(this.#prefix + key, `${fenceAfter(condition, found)} ${value}`)
      const answer = await this.#transact([isModifiedAt(this.#prefix + key, revision)], [written], signal)
      if (!answer.succeeded) continue
      this.#records.clear(this.#prefix + key)
      return { kind: 'stored', version: answer.revision }
    }
  }

  async delete(key: string, condition: WriteCondition, signal: AbortSignal): Promise<DeleteAnswer> {
    requireKey(key)
    requireCondition(condition)
    for (;;) {
      const { value: found, revision } = await this.#find(key, signal)
      const refusal = refusalOf(condition, found)
      if (refusal) return refusal
      if (revision === NO_VERSION) return { kind: 'deleted' }
      const compare = [isModifiedAt(this.#prefix + key, revision)]
      if ((await this.#transact(compare, [remove(this.#prefix + key)], signal)).succeeded) return { kind: 'deleted' }
    }
  }

  async #find(key: string, signal: AbortSignal): Promise<Found> {
    const { found } = await this.#transact([], [read(this.#prefix + key)], signal)
    const [record] = found
    if (!record) return { value: undefined, revision: NO_VERSION }
    return { value: this.#read(record), revision: record.mod_revision }
  }

  /** A record that cannot be read counts as absent. */
  #read(record: KeyValue): StoredValue | undefined {
    const key = decode(record.key)
    const [, fence, value] = /^(\d{1,19}) (.*)$/s.exec(decode(record.value)) ?? []
    if (fence === undefined || BigInt(fence) > HIGHEST_FENCE) {
      this.#records.report(key, 'is no value: it is ignored, and replaced by the next write')
      return undefined
    }
    this.#records.clear(key)
    const version = record.mod_revision
    return { key: key.slice(this.#prefix.length), value: value!, version, fence: BigInt(fence) }
  }

  #transact(compare: readonly object[], success: readonly object[], signal: AbortSignal) {
    return transact(this.#gateway, { compare, success }, signal)
  }
}
