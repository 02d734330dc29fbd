/**
 * Makes a Redis client write the requests of one turn of the event loop in a few parts: much of the cost of a request is the call of the
 * system.
 *
 *   1. The first request of a turn is written at once, and each further part is twice as long as the one before. So Redis works on the
 *      first parts while the others are written.
 *   2. No request waits longer than the turn in which it came.
 *   3. A connection that replaces another one in the middle of a turn keeps nothing back.
 */
import type { Redis } from 'ioredis'
import { realImmediate } from '../../kernel/clock.js'

export function writeTogether(redis: Redis): void {
  const send = redis.sendCommand.bind(redis)
  /** Keeps back what is written to it. */
  let corked: Redis['stream'] | undefined
  /** How many requests the next part has; 0: no request has come in this turn. */
  let part = 0
  let waiting = 0
  redis.sendCommand = (command, stream) => {
    const answer = send(command, stream)
    if (part === 0) {
      part = 2
      waiting = 0
      corked = redis.stream
      corked?.cork()
      realImmediate(() => {
        part = 0
        corked?.uncork()
      })
    } else if (++waiting === part) {
      part *= 2
      waiting = 0
      corked?.uncork()
      corked?.cork()
    }
    return answer
  }
}
