/**
 * Makes the tokens of tickets: another one each time that a ticket is handed out.
 *
 * A request that settles one job can take another. BullMQ then locks the new job with the lock token of the settled one. To tell the two
 * apart, a token of Escapement is the lock token and a number: 0 for a job that was taken in a request of its own, and one more for each
 * job that was taken in the request of a settlement.
 *
 *   1. No token is used for two hand-outs.
 *   2. A lock token locks a job at most once: it passes to another job only with a settlement after which its job is not handed out again.
 */
import { randomUUID } from 'node:crypto'

const SEPARATOR = '#'

export function firstToken(): string {
  return `${randomUUID()}${SEPARATOR}0`
}

/** The token of a ticket that is taken in the request that settles the ticket of `token`. */
export function nextToken(token: string): string {
  const at = token.indexOf(SEPARATOR) + 1
  return `${token.slice(0, at)}${Number(token.slice(at)) + 1}`
}

/** The part of a token by which BullMQ locks a job. */
export function lockToken(token: string): string {
  return token.slice(0, token.indexOf(SEPARATOR))
}
