/**
 * Leases in the sense of etcd: a life span that keys are attached to, and with the end of which they go.
 *
 * Life spans are whole seconds and have a minimum (about two elections, 2 s by default), so a key may stay for longer than
 * it was asked for, never for less.
 */
import { EscapementError } from '../../kernel/errors.js'
import type { Millis } from '../../kernel/time.js'
import type { EtcdGateway } from './etcd-gateway.js'

/** An int64 as JSON has it. */
export type EtcdId = string

interface Lived {
  readonly ID: EtcdId
  /** Seconds; absent for 0, when it is over. */
  readonly TTL?: string
}

/** Throws when etcd grants less than was asked for. */
export async function grantLife(gateway: EtcdGateway, span: Millis, signal: AbortSignal): Promise<EtcdId> {
  const request = { TTL: String(Math.ceil(span / 1_000)) }
  const { ID, TTL } = await gateway.ask<Lived>('/v3/lease/grant', request, signal)
  checkLife(TTL, span)
  return ID
}

/** Starts its span again; false when it is over. Throws when its span is shorter than what is asked for. */
export async function prolongLife(
  gateway: EtcdGateway,
  id: EtcdId,
  span: Millis,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const { TTL } of gateway.follow<Lived>('/v3/lease/keepalive', { ID: id }, signal)) {
    if (Number(TTL ?? 0) <= 0) return false
    checkLife(TTL, span)
    return true
  }
  throw new EscapementError('ERR_STORE_ANSWER', 'etcd did not answer whether it prolonged a lease')
}

/** What is attached goes now. Best effort: it goes by itself in the end. */
export async function endLife(gateway: EtcdGateway, id: EtcdId, signal: AbortSignal): Promise<void> {
  await gateway.ask('/v3/lease/revoke', { ID: id }, signal).catch(() => {})
}

function checkLife(granted: string | undefined, span: Millis): void {
  if (Number(granted) * 1_000 >= span) return
  throw new EscapementError(
    'ERR_STORE_TTL',
    `etcd keeps it for ${granted ?? 0} s, and ${span / 1_000} s were asked for`,
  )
}
