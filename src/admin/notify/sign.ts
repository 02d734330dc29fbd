/**
 * Signs a notification, so that its receiver knows who sent it and when.
 *
 * The header is `t=SECONDS,v1=HEX`: the Unix time of the request, and the HMAC-SHA256 of `SECONDS.BODY` with the secret. A receiver
 * computes the same, compares in constant time, and refuses what is older than five minutes.
 */
import { createHmac } from 'node:crypto'
import type { Millis } from '../../kernel/time.js'

export const SIGNATURE_HEADER = 'escapement-signature'

export function signature(body: string, secret: string, now: Millis): string {
  const seconds = Math.floor(now / 1_000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}
