/**
 * The records of the etcd store, and what is done about values that Escapement did not write.
 *
 *     escapement/lease/reports    '1767225600000 3f0c...'   epoch and holder, under an etcd lease
 *     escapement/epoch/reports    '1767225600000'           the last epoch, kept for ever
 *     escapement/member/3f0c...   '1'                       the weight, under an etcd lease
 *
 * A foreign value in the place of a lease may have replaced the record of a holder that lives and does not know yet. So it is
 * kept for one more ttl, under the epoch 0, and then the lease is free.
 */
import { decode, type KeyValue } from './etcd-transaction.js'

/** The epoch of a record that was found to be foreign. */
export const UNREADABLE = 0n

export const FOREIGN_LEASE = 'holds no record of a lease: the lease is free after its ttl, or delete the key'

/** The highest value of a bigint column in SQL. */
const MAX_EPOCH = 2n ** 63n - 1n

export type LeaseRecord =
  | { readonly kind: 'ours'; readonly epoch: bigint; readonly holder: string }
  | { readonly kind: 'foreign'; readonly text: string; readonly revision: string }

export interface EpochRecord {
  /** 0 when there is none, or none that can be read. */
  readonly epoch: bigint
  readonly isDamaged: boolean
  /** The revision of the key; 0 when there is none. */
  readonly revision: string
}

export function leaseValue(epoch: bigint, holder: string): string {
  return `${epoch} ${holder}`
}

export function readLeaseRecord(record: KeyValue | undefined): LeaseRecord | undefined {
  if (!record) return undefined
  const text = decode(record.value)
  const [, digits, holder] = /^(\d{1,19}) (.*)$/s.exec(text) ?? []
  if (digits !== undefined && BigInt(digits) < MAX_EPOCH && hasEtcdLease(record)) {
    return { kind: 'ours', epoch: BigInt(digits), holder: holder! }
  }
  return { kind: 'foreign', text, revision: record.mod_revision }
}

export function readEpochRecord(record: KeyValue | undefined): EpochRecord {
  if (!record) return { epoch: 0n, isDamaged: false, revision: '0' }
  const text = decode(record.value)
  const epoch = /^\d{1,19}$/.test(text) ? BigInt(text) : MAX_EPOCH
  const isDamaged = epoch >= MAX_EPOCH
  return { epoch: isDamaged ? 0n : epoch, isDamaged, revision: record.mod_revision }
}

/** A member without an etcd lease would never leave. */
export function isMemberRecord(record: KeyValue): boolean {
  const text = decode(record.value)
  const weight = Number(text)
  return text.trim() !== '' && Number.isFinite(weight) && weight >= 0 && hasEtcdLease(record)
}

function hasEtcdLease({ lease }: KeyValue): boolean {
  return lease !== undefined && lease !== '0'
}
