/**
 * Performs the tickets of a thread one after another, in the order in which they were handed over: a thread runs one ticket at a time,
 * also when the method of a ticket awaits something and the next ticket is here already.
 */
import type { RunReply } from '../kernel/link-protocol.js'

type Reply = RunReply | Promise<RunReply>

export class TicketTurns {
  /** The reply of the last ticket that awaits something, or waits for its turn; undefined when there is none. */
  #last: Promise<RunReply> | undefined

  /** @param begin performs the run; it never throws, and its promise never rejects. */
  perform(begin: () => Reply): Reply {
    const reply = this.#last ? this.#last.then(begin) : begin()
    if (!(reply instanceof Promise)) return reply
    this.#last = reply
    return reply.finally(() => {
      if (this.#last === reply) this.#last = undefined
    })
  }
}
