/**
 * The tokens of hand-outs. BullMQ locks a job that it hands out with the answer to a settlement with the token by which the settled one
 * was locked. So a token of ours is that of the lock, with a number that is 0 for a job that was taken by itself and grows by one with
 * each that came along.
 *
 *   1. A token is of one hand-out, ever.
 *   2. One job is locked by one lock at most once: a lock passes on only with a settlement after which its job is not handed out again.
 */
import { randomUUID } from 'node:crypto'

const SEPARATOR = '#'

export function firstToken(): string {
  return `${randomUUID()}${SEPARATOR}0`
}

/** The token of what comes along when the ticket of `token` is settled. */
export function nextToken(token: string): string {
  const [lock, number] = token.split(SEPARATOR)
  return `${lock}${SEPARATOR}${Number(number) + 1}`
}

/** What BullMQ compares. */
export function lockToken(token: string): string {
  return token.split(SEPARATOR, 1)[0]!
}
