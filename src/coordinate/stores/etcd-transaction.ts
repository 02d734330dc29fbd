/** Transactions of etcd in JSON: if all comparisons hold then these operations, else those. Keys and values are base64. */
import type { EtcdGateway } from './etcd-gateway.js'
import type { EtcdId } from './etcd-leases.js'

export interface KeyValue {
  readonly key: string
  readonly value: string
  /** The revision of the store at which it was created. */
  readonly create_revision: string
  /** Absent when the key is attached to none. */
  readonly lease?: EtcdId
}

export interface Transaction {
  readonly compare: readonly object[]
  readonly success: readonly object[]
  readonly failure?: readonly object[]
}

interface OperationAnswer {
  readonly response_range?: { readonly kvs?: readonly KeyValue[] }
  readonly response_delete_range?: { readonly prev_kvs?: readonly KeyValue[] }
}

export interface TransactionAnswer {
  /** Whether the comparisons held. */
  readonly succeeded: boolean
  /** Of the whole store, after the transaction. */
  readonly revision: string
  /** What ranges and deletions found, in order. */
  readonly found: readonly KeyValue[]
}

const encode = (text: string): string => Buffer.from(text).toString('base64')
export const decode = (base64: string): string => Buffer.from(base64, 'base64').toString()

/** Of a key that has been created at this revision; of one that does not exist, at 0. */
export const isCreatedAt = (key: string, revision: string) => ({
  target: 'CREATE',
  key: encode(key),
  create_revision: revision,
})
export const hasValue = (key: string, value: string) => ({ target: 'VALUE', key: encode(key), value: encode(value) })

export const put = (key: string, value: string, lease: EtcdId) => ({
  request_put: { key: encode(key), value: encode(value), lease },
})
export const read = (key: string) => ({ request_range: { key: encode(key) } })
export const readAll = (prefix: string) => ({ request_range: rangeOf(prefix) })
export const remove = (key: string) => ({ request_delete_range: { key: encode(key), prev_kv: true } })

/** All keys that start with it. */
export function rangeOf(prefix: string): { readonly key: string; readonly range_end: string } {
  const end = Buffer.from(prefix)
  end[end.length - 1]! += 1
  return { key: encode(prefix), range_end: end.toString('base64') }
}

export async function transact(
  gateway: EtcdGateway,
  transaction: Transaction,
  signal: AbortSignal,
): Promise<TransactionAnswer> {
  const answer = await gateway.ask<{
    readonly header: { readonly revision: string }
    readonly succeeded?: boolean
    readonly responses?: readonly OperationAnswer[]
  }>('/v3/kv/txn', transaction, signal)
  return {
    succeeded: answer.succeeded === true,
    revision: answer.header.revision,
    found: (answer.responses ?? []).flatMap(
      ({ response_range, response_delete_range }) => response_range?.kvs ?? response_delete_range?.prev_kvs ?? [],
    ),
  }
}
