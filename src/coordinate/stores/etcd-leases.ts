/**
 * etcd's own leases: keys are attached to a lease and are deleted when its TTL ends.
 *
 * A TTL is in whole seconds and has a minimum (about two elections, 2 s by default). So a key may be kept longer than
 * requested, but never shorter.
 */
import { EscapementError } from '../../kernel/errors.js'
import type { Millis } from '../../kernel/time.js'
import type { EtcdGateway } from './etcd-gateway.js'

/** An int64 as text: JSON has no int64. */
export type EtcdLeaseId = string

interface EtcdLeaseAnswer {
  readonly ID: EtcdLeaseId
  /** Remaining seconds; absent when the lease has ended. */
  readonly TTL?: string
}

/** Rejects when etcd grants a shorter TTL than requested. */
export async function grantEtcdLease(gateway: EtcdGateway, span: Millis, signal: AbortSignal): Promise<EtcdLeaseId> {
  const request = { TTL: String(Math.ceil(span / 1_000)) }
  const { ID, TTL } = await gateway.request<EtcdLeaseAnswer>('/v3/lease/grant', request, signal)
  checkTtl(TTL, span)
  return ID
}

/** Restarts the TTL; false when the lease has ended. Rejects when its TTL is shorter than `span`. */
export async function keepEtcdLeaseAlive(
  gateway: EtcdGateway,
  id: EtcdLeaseId,
  span: Millis,
  signal: AbortSignal,
): Promise<boolean> {
  let kept: EtcdLeaseAnswer | undefined
  // etcd ends the answer to one request after one line. To stop before its end would close the connection.
  for await (const answer of gateway.stream<EtcdLeaseAnswer>('/v3/lease/keepalive', { ID: id }, signal)) kept = answer
  if (!kept) throw new EscapementError('ERR_STORE_ANSWER', 'etcd did not answer whether it kept a lease alive')
  if (Number(kept.TTL ?? 0) <= 0) return false
  checkTtl(kept.TTL, span)
  return true
}

/** Deletes the lease and its keys now. Best effort: they are deleted at the end of the TTL anyway. */
export async function revokeEtcdLease(gateway: EtcdGateway, id: EtcdLeaseId, signal: AbortSignal): Promise<void> {
  await gateway.request('/v3/lease/revoke', { ID: id }, signal).catch(() => {})
}

function checkTtl(granted: string | undefined, span: Millis): void {
  if (Number(granted) * 1_000 >= span) return
  throw new EscapementError(
    'ERR_STORE_TTL',
    `etcd granted a TTL of ${granted ?? 0} s, but ${span / 1_000} s were requested`,
  )
}
