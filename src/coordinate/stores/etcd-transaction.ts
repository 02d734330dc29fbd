/**
 * etcd transactions in JSON: when all comparisons hold, the `success` operations are carried out, else the `failure`
 * operations. Keys and values are base64.
 */
import type { EtcdGateway } from './etcd-gateway.js'
import type { EtcdLeaseId } from './etcd-leases.js'

export interface KeyValue {
  readonly key: string
  /** Absent when it is empty. */
  readonly value?: string
  /** The store revision at which the key was created. */
  readonly create_revision: string
  /** The store revision at which the key was written last. */
  readonly mod_revision: string
  /** The etcd lease that the key is attached to; absent when there is none. */
  readonly lease?: EtcdLeaseId
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
  /** Revision of the whole store after the transaction. */
  readonly revision: string
  /** The keys that were read or deleted, in the order of the operations. */
  readonly found: readonly KeyValue[]
}

const encode = (text: string): string => Buffer.from(text).toString('base64')
/** JSON leaves out what is empty. */
export const decode = (base64 = ''): string => Buffer.from(base64, 'base64').toString()

/** Compares the revision at which a key was created; the revision of a missing key is 0. */
export const isCreatedAt = (key: string, revision: string) => ({
  target: 'CREATE',
  key: encode(key),
  create_revision: revision,
})
/** Compares the revision at which a key was written last; the revision of a missing key is 0. */
export const isModifiedAt = (key: string, revision: string) => ({
  target: 'MOD',
  key: encode(key),
  mod_revision: revision,
})
export const hasValue = (key: string, value: string) => ({ target: 'VALUE', key: encode(key), value: encode(value) })

/** Without an etcd lease the key is kept for ever. */
export const put = (key: string, value: string, lease?: EtcdLeaseId) => ({
  request_put: { key: encode(key), value: encode(value), ...(lease !== undefined && { lease }) },
})
export const read = (key: string) => ({ request_range: { key: encode(key) } })
export const readAll = (prefix: string) => ({ request_range: rangeOf(prefix) })
export const remove = (key: string) => ({ request_delete_range: { key: encode(key), prev_kv: true } })

/** The range of all keys with this prefix. */
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
  const answer = await gateway.request<{
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
